/**
 * Colours and other control sequences of a terminal. In JSON an escape character is never raw, so that nothing of a document is
 * lost with them.
 */
const controlSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g

/** The text without what a terminal would have taken for colours. */
export const withoutColours = (text: string): string => (text.includes('\u001b') ? text.replace(controlSequence, '') : text)

/** How far into a text its first document begins at most, in characters: what stands before it are a few lines of a log. */
const furthestStart = 256 * 1024

/** An object with a key, or a list of objects: neither braces of a log nor `args=["export"]`. */
const beginning = /\{\s*"|\[\s*\{/g

/**
 * The JSON values that begin in a text between other things: a line of stderr that went to the same file (`Exporting session:
 * …`, which OpenCode 1.0.152 to 1.2.6 did not end), lines of a logger, before them, behind them or in between. Braces in a log
 * are passed over.
 * @returns the pieces that are whole; `rest` begins where a first one would begin that is not
 */
export function jsonInNoise(text: string): { readonly values: readonly unknown[]; readonly rest: string | undefined } {
  const values: unknown[] = []
  let rest: string | undefined
  beginning.lastIndex = 0
  for (let found = beginning.exec(text); found; found = beginning.exec(text)) {
    if (values.length === 0 && found.index > furthestStart) break
    const end = endOfValue(text, found.index)
    const value = end === undefined ? undefined : parsed(text.slice(found.index, end))
    if (value === undefined || end === undefined) {
      rest ??= text.slice(found.index, end)
      // Nothing inside a document that is cut off stands for it.
      if (end === undefined && isDocumentStart(text, found.index)) break
      continue
    }
    values.push(value)
    beginning.lastIndex = end
  }
  return { values, rest }
}

/** How an export begins, and a list of exports or of what a share page is made of. */
const isDocumentStart = (text: string, at: number): boolean =>
  /^\[?\s*\{\s*"(?:info|messages|type)"/.test(text.slice(at, at + 200))

/** Where the object or list ends that begins at a place; undefined when it does not end. */
function endOfValue(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (letter === 0x22) {
      at = endOfString(text, at)
    } else if (letter === 0x7b || letter === 0x5b) depth++
    else if (letter === 0x7d || letter === 0x5d) {
      if (--depth === 0) return at + 1
    }
  }
  return undefined
}

/** Where the quotation mark is that ends a string, or the end of the text. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at
  }
  return text.length
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
