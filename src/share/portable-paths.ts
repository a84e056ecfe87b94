import { isObject } from '../base/json.ts'

/** The two directories that are another on every machine. */
type Name = 'worktree' | 'home'

const isWindows = (path: string) => /^[A-Za-z]:[\\/]/.test(path)
const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Not in the middle of a directory's name: no further letter, and no dot but one that ends a sentence. */
const end = String.raw`(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}_])`
const placeholder = String.raw`\{\{((?:literal:)*)(worktree|home)\}\}`

interface Spelling {
  /** With two groups: the directory, and what of Windows follows it. */
  readonly pattern: string
  readonly text: string
  readonly name: Name
}

/** How a directory is written: as it is; in a URL; on Windows also with slashes, and with the doubled backslashes of JSON. */
function spellings(directory: string, name: Name): Spelling[] {
  const path = trimmed(directory)
  if (path.length < 2) return []
  const spelling = (text: string, before = '', behind = ''): Spelling => ({
    pattern: `${before}(${escaped(text)})${end}(${behind})`,
    text,
    name,
  })
  if (isWindows(path)) {
    const slashes = path.replaceAll('\\', '/')
    const segment = String.raw`[^\\/:*?"<>|\s']+`
    return [
      ...[...new Set([slashes, encodeURI(slashes)])].map((text) => spelling(text, String.raw`(?:(?<=file:\/\/)\/)?`)),
      spelling(slashes.replaceAll('/', '\\'), '', String.raw`(?:\\(?!\\)${segment})*`),
      spelling(slashes.replaceAll('/', '\\\\'), '', String.raw`(?:\\\\${segment})*`),
    ]
  }
  // A short one like /root is the end of many a longer path.
  const own = spelling(path, path.lastIndexOf('/') === 0 ? String.raw`(?<![\p{L}\p{N}_.-])` : '')
  const url = encodeURI(path)
  return url === path ? [own] : [own, spelling(url, String.raw`(?<=file:\/\/)`)]
}

const trimmed = (directory: string) => directory.replace(/[\\/]+$/, '')

/**
 * Texts without the directories of one machine: the work tree is `{{worktree}}`, the home `{{home}}`. What a text has of such
 * placeholders itself is marked (`{{literal:home}}`), so that `local` undoes `portable`; only the backslashes of Windows come
 * back as slashes, which are right there, too.
 */
export class PortablePaths {
  readonly #directories: Readonly<Record<Name, string>>
  readonly #names: readonly Name[]
  readonly #pattern: RegExp
  /** One of which stands in each text that the pattern fits; empty where capitals do not matter. */
  readonly #telling: readonly string[]

  /** @param worktrees what the work tree is called, or was; the first is where it is */
  constructor(worktrees: readonly string[], home: string) {
    const here = (path: string) => (isWindows(path) ? trimmed(path).replaceAll('\\', '/') : trimmed(path))
    this.#directories = { worktree: here(worktrees[0] ?? ''), home: here(home) }
    const all = [...worktrees.flatMap((path) => spellings(path, 'worktree')), ...spellings(home, 'home')]
    all.sort((a, b) => b.text.length - a.text.length)
    this.#names = all.map(({ name }) => name)
    const isAnyCase = [...worktrees, home].some(isWindows)
    const flags = isAnyCase ? 'giu' : 'gu'
    this.#telling = isAnyCase ? [] : ['{{', ...new Set(all.map(({ text }) => text))]
    this.#pattern = new RegExp([placeholder, ...all.map(({ pattern }) => pattern)].join('|'), flags)
  }

  portable(text: string): string {
    if (this.#telling.length > 0 && !this.#telling.some((each) => text.includes(each))) return text
    return text.replace(this.#pattern, (_match, marks: string | undefined, literal: string | undefined, ...groups) => {
      if (literal !== undefined) return `{{literal:${marks}${literal}}}`
      const at = this.#names.findIndex((_item, index) => groups[index * 2] !== undefined)
      return `{{${this.#names[at]}}}${String(groups[at * 2 + 1]).replace(/\\+/g, '/')}`
    })
  }

  local(text: string): string {
    if (!text.includes('{{')) return text
    return text.replace(new RegExp(placeholder, 'g'), (_match, marks: string, name: Name, at: number) => {
      if (marks !== '') return `{{${marks.slice('literal:'.length)}${name}}}`
      const path = this.#directories[name]
      if (!text.slice(0, at).endsWith('file://')) return path
      return encodeURI(isWindows(path) ? `/${path}` : path)
    })
  }
}

/** A JSON value with each text in it rewritten, names of fields included. */
export function rewritten<T>(value: T, rewrite: (text: string) => string): T
export function rewritten(value: unknown, rewrite: (text: string) => string): unknown {
  if (typeof value === 'string') return rewrite(value)
  if (Array.isArray(value)) return value.map((item) => rewritten(item, rewrite))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rewrite(key), rewritten(item, rewrite)]))
}
