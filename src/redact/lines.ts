/** What a text's lines tell about a place in it. */
export interface Neighbours {
  /** Whether nothing but what marks a line stands before the place on its line. */
  readonly isLineHead: boolean
  /** Whether the line before or the one behind sets something, too. */
  readonly isAmongSettings: boolean
}

/** A line's number, the mark of a diff, a bullet, `export` and the like. */
const head =
  /^(?:[ \t]{0,60}\d{1,6}[|:\t→][ \t]?)?[ \t]*[+\-<>~]?[ \t]*(?:- )?(?:export|set|setx|setenv|declare -\w+|typeset -\w+|ENV|ARG|readonly|local|env:)?[ \t]*["'`]?(?:[\w.-]{0,60}:)?$/

const setting =
  /^(?:[ \t]{0,60}\d{1,6}[|:\t→][ \t]?)?[ \t]*[+\-<>~]?[ \t]*(?:- )?(?:export |set |declare -x )?["']?[\w.$-]{1,80}["']?[ \t]{0,30}(?:=|:(?=\s|$))/

const furthest = 200

const lineStart = (text: string, at: number): number => {
  const slice = text.slice(Math.max(0, at - furthest), at)
  const line = Math.max(slice.lastIndexOf('\n'), slice.lastIndexOf('\0'))
  const escaped = /\\{1,7}n(?!.*\\n)/.exec(slice.slice(line + 1))
  const own = escaped ? line + 1 + escaped.index + escaped[0].length : line + 1
  return at - slice.length + own
}

/** Whether nothing but what marks a line stands before a place. */
export const isLineHead = (text: string, at: number): boolean => head.test(text.slice(lineStart(text, at), at))

/** What the lines around a place say. */
export function linesAround(text: string, at: number): Neighbours {
  const start = lineStart(text, at)
  if (!head.test(text.slice(start, at))) return { isLineHead: false, isAmongSettings: false }
  const before = text.slice(Math.max(0, start - furthest), Math.max(0, start - 1))
  const above = before.slice(before.lastIndexOf('\n') + 1)
  const behind = text.indexOf('\n', at)
  const below = behind < 0 ? '' : text.slice(behind + 1, behind + 1 + furthest)
  return { isLineHead: true, isAmongSettings: setting.test(above) || setting.test(below.split('\n', 1)[0]!) }
}
