import type { Hit } from './hit.ts'

const code = String.raw`(?=[\w -]{0,24}\d)[a-z0-9]{4,12}(?:[- ][a-z0-9]{4,12}){0,3}`
const head = /[\w -]{10,24}?["']?[^\n\0:[]{0,60}[:[]?(?:\s{0,4}[[:])?[ \t]{0,4}\r?\n?/iy
const item = new RegExp(
  String.raw`[\s,]{0,12}(?:\d{1,2}[.)][ ]{1,2}|[-*•][ ]{1,2})?(?<quote>["'\x60]?)(?<secret>${code})\k<quote>(?=[\s,\]\0]|$)`,
  'diy',
)

/** Codes to get in with when a second factor is lost, one a line or in a list, where words announce them. */
export function recoveryCodesAt(text: string, at: number): { hits: readonly Hit[]; end: number } {
  head.lastIndex = at
  const begin = head.exec(text)
  const hits: Hit[] = []
  if (!begin) return { hits, end: at }
  let end = at + begin[0].length
  for (let count = 0; count < 40; count++) {
    item.lastIndex = end
    const match = item.exec(text)
    if (!match) break
    const [start, stop] = match.indices!.groups!.secret!
    hits.push({ start, end: stop, kind: 'recovery-code', rank: 1 })
    end = match.index + match[0].length
  }
  return { hits, end }
}
