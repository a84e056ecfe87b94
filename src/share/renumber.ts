import { canonicalJSON } from '../base/canonical-json.ts'
import type { MessageV1 } from '../convert/exported.ts'
import { rewritten } from './portable-paths.ts'
import { type Document, idOf } from './saved-document.ts'

const placeholder = /\[redacted:([\w-]{1,60}):(\d{1,9})\]/g

/**
 * Sessions with their secrets numbered as they are in another version of them. Numbers follow the order of a session, and those
 * that stand in it as text are taken: once somebody else's part has come in, the same secrets would get others.
 */
export function renumbered(mine: readonly Document[], theirs: readonly Document[]): Document[] {
  const others = new Map(theirs.map((document) => [idOf(document.info), document]))
  return mine.map((document) => {
    const other = others.get(idOf(document.info))
    return other ? renumberedAs(document, other) : document
  })
}

function renumberedAs(mine: Document, theirs: Document): Document {
  const names = commonNames(mine, theirs)
  const isOther = [...names].some(([own, other]) => own !== other)
  if (!isOther) return mine
  const next = new Map<string, number>()
  for (const [kind, number] of numbersIn([mine, theirs])) next.set(kind, Math.max(next.get(kind) ?? 1, number + 1))
  const given = new Set(names.values())
  const named = (whole: string, kind: string): string => {
    const known = names.get(whole)
    if (known !== undefined) return known
    let name = whole
    if (given.has(whole)) {
      const number = next.get(kind) ?? 1
      next.set(kind, number + 1)
      name = `[redacted:${kind}:${number}]`
    }
    names.set(whole, name)
    given.add(name)
    return name
  }
  return rewritten(mine, (text) => (text.includes('[redacted:') ? text.replace(placeholder, named) : text))
}

/** What placeholders of mine are called in theirs, as far as messages tell that are the same but for the numbers. */
function commonNames(mine: Document, theirs: Document): Map<string, string> {
  const names = new Map<string, string>()
  const others = new Map<string, MessageV1>(theirs.messages.map((message) => [idOf(message.info), message]))
  const used = new Set<string>()
  for (const message of mine.messages) {
    const other = others.get(idOf(message.info))
    if (!other) continue
    const [own, their] = [canonicalJSON(message), canonicalJSON(other)]
    if (!own.includes('[redacted:') || own.replace(placeholder, '[redacted:$1]') !== their.replace(placeholder, '[redacted:$1]'))
      continue
    const found = [...their.matchAll(placeholder)]
    for (const [index, [name]] of [...own.matchAll(placeholder)].entries()) {
      const known = found[index]![0]
      if (names.has(name) || used.has(known)) continue
      names.set(name, known)
      used.add(known)
    }
  }
  return names
}

function* numbersIn(documents: readonly Document[]): Generator<[kind: string, number: number]> {
  for (const [, kind, number] of canonicalJSON(documents).matchAll(placeholder)) yield [kind!, Number(number)]
}
