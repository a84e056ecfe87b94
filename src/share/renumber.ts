import { canonicalJSON } from '../base/canonical-json.ts'
import { each } from './messages.ts'
import { rewritten } from './portable-paths.ts'
import { placeholder, printsOf } from './prints.ts'
import { type Document, idOf } from './saved-document.ts'

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
  const rename = (text: string) => (text.includes('[redacted:') ? text.replace(placeholder, named) : text)
  // Names are given in the order of the session, so once all of it is gone over; then they are known.
  const info = rewritten(mine.info, rename)
  const prints = printsOf(mine.messages)
  let index = 0
  for (const message of mine.messages) if (prints[index++]?.shape !== null) rewritten(message, rename)
  return { info, messages: each(mine.messages, (message) => rewritten(message, rename)) }
}

/** What placeholders of mine are called in theirs, as far as messages tell that are the same but for the numbers. */
function commonNames(mine: Document, theirs: Document): Map<string, string> {
  const names = new Map<string, string>()
  const others = new Map(printsOf(theirs.messages).map((print) => [print.id, print]))
  const used = new Set<string>()
  for (const { id, shape, placeholders } of printsOf(mine.messages)) {
    const other = others.get(id)
    if (!other || shape === null || shape !== other.shape) continue
    for (const [index, name] of placeholders.entries()) {
      const known = other.placeholders[index]!
      if (names.has(name) || used.has(known)) continue
      names.set(name, known)
      used.add(known)
    }
  }
  return names
}

function* numbersIn(documents: readonly Document[]): Generator<[kind: string, number: number]> {
  for (const { info, messages } of documents) {
    const placeholders = printsOf(messages).flatMap((print) => print.placeholders)
    for (const text of [canonicalJSON(info), ...placeholders]) {
      for (const [, kind, number] of text.matchAll(placeholder)) yield [kind!, Number(number)]
    }
  }
}
