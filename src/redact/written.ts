/** How values are written: where one ends that begins at a place. */

/** How much of a value is looked at; longer ones are no secrets of this kind. */
const longest = 4096

/** What is not quoted is judged by its beginning, and read on to its end. */
const judged = 1024

/**
 * A value without quotes.
 * @param until `space`: up to the next blank, as the shell has it; `marks`: up to a mark that something else begins behind, too
 */
export function bareValue(text: string, from: number, until: 'space' | 'marks'): string {
  const run = /^[^\s\0]*/.exec(text.slice(from, from + judged))![0]
  if (until === 'space') return run.replace(/["'`][,;)\]}]{0,3}$|\\{1,7}[nrt"'].*$/, '')
  const cut =
    /["'`\0]|\\{1,7}(?:[nrt"'`]|u00)|[&;,|](?=[\w.-]{1,40}=)|[,;|](?=$)|&(?:amp|quot);|<\/|\/?>$|<\/?\w+>|\}\}|,(?=["'[{])/.exec(
      run,
    )
  const value = cut ? run.slice(0, cut.index) : run
  // Closing brackets belong to what is around, unless they were opened here.
  const trimmed = value.replace(/[.,:;]{1,3}$/, '')
  return /[([{]/.test(trimmed) ? trimmed : trimmed.replace(/[)\]}]{1,20}[.,;:]{0,3}$/, '')
}

/** All that is left of a line, but a comment. */
export function lineValue(text: string, from: number): string {
  const line = /^[^\n\r\0]*/.exec(text.slice(from, from + judged))![0]
  const escaped = /\\{1,7}[nr]/.exec(line)
  const value = (escaped ? line.slice(0, escaped.index) : line).replace(/[ \t]+#.*$/, '').trimEnd()
  const before = text.slice(Math.max(0, from - 200), from)
  // A line of a text that was escaped is over where that is.
  if (/\\{1,7}n[^\n\0]*$/.test(before)) return value.replace(/\\{0,7}".*$/, '')
  // What ends the texts that the line stands in, and was not opened in it.
  const closed = /(?:\\{0,7}["'`][,;:)\]}]{0,4}){1,4}$/.exec(value)
  const marks = (part: string) => part.replace(/[^"'`]/g, '').length
  return closed && (marks(closed[0]) > 1 || marks(value) % 2 === 1) ? value.slice(0, closed.index) : value
}

/** Up to the same quote, with as many backslashes before it; not over a line's end. */
export function quotedValue(text: string, from: number, open: string): string {
  const area = text.slice(from, from + longest)
  const end = closing(area, open)
  const line = /[\n\0]/.exec(area)?.index ?? area.length
  return area.slice(0, Math.min(end, line))
}

function closing(area: string, open: string): number {
  const escapes = open.length - 1
  const mark = open[escapes]!
  for (let at = area.indexOf(mark); at >= 0; at = area.indexOf(mark, at + 1)) {
    let run = 0
    while (area[at - 1 - run] === '\\') run++
    // A quotation mark inside has one backslash more, before each time of escaping; those before them are letters.
    if (run % (2 * (escapes + 1)) === escapes) return at - escapes
  }
  return area.length
}

/** The lines below a name that YAML takes for its value (`|`, `>-`): from the first letter to the last. */
export function blockScalar(text: string, from: number, nameAt: number): { start: number; end: number } | undefined {
  const mark = /^[|>][-+\d]{0,2}[ \t]*\r?\n(?<indent>[ \t]+)(?=\S)/.exec(text.slice(from, from + 80))
  if (!mark) return undefined
  const indent = mark.groups!.indent!
  const column = nameAt - (text.lastIndexOf('\n', nameAt - 1) + 1)
  if (indent.length < Math.min(column, 1)) return undefined
  const start = from + mark[0].length
  let end = start
  for (let at = start; at - start < longest; ) {
    const line = /^[^\n\0]*/.exec(text.slice(at, at + longest))![0]
    if (line.trim() !== '') end = at + line.trimEnd().length
    at += line.length + 1
    if (text[at - 1] !== '\n' || !text.startsWith(indent, at)) break
    at += indent.length
  }
  return { start, end }
}

/** The items of a list that YAML has below a name (`- …`), without their quotes; of a long one the first. */
export function listItems(text: string, from: number): { start: number; value: string; isQuoted: boolean }[] {
  const item = /[ \t]*\r?\n[ \t]*- (?<open>["']?)/y
  const items: { start: number; value: string; isQuoted: boolean }[] = []
  item.lastIndex = from
  while (items.length < 100) {
    const match = item.exec(text)
    if (!match) break
    const start = item.lastIndex
    const open = match.groups!.open!
    const value = open === '' ? lineValue(text, start) : quotedValue(text, start, open)
    items.push({ start, value, isQuoted: open !== '' })
    item.lastIndex = start + value.length + open.length
  }
  return items
}
