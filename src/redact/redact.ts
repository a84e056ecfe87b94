import { type Allow, type AllowRule, hashOf } from './allow.ts'
import { type Leaf, leavesOf, namesOf, pathOf, withTexts } from './document.ts'
import { findSecrets } from './find.ts'
import { entropy, isWords } from './harmless.ts'
import type { Hit } from './hit.ts'
import { maskedContext, maskedSecret } from './mask.ts'
import { Occurrences } from './occurrences.ts'
import { placeWords } from './place-words.ts'
import { keyLetters } from './private-keys.ts'

/** Where a secret stands. Contexts are masked, and can be shown. */
export interface FindingPlace {
  /** Which of the documents, from 0. */
  readonly document: number
  /** As code would say it: `messages[3].parts[1].state.output`. */
  readonly path: string
  /** As a person would say it: `your first prompt`, ``output of bash `env` ``, secrets masked; null in what is no session. */
  readonly where: string | null
  readonly messageID: string | null
  /** The line around it, with every secret in it masked. */
  readonly context: string
}

/** A secret, and every place where it stands. The secret itself is not told. */
export interface Finding {
  /** `github-token`, `password`, `private-key`, … */
  readonly kind: string
  /** `sha256:…`, by which it can be allowed. */
  readonly hash: string
  /** First and last two letters. */
  readonly masked: string
  /** In reading order; of many the first hundred. */
  readonly places: readonly FindingPlace[]
  /** How many places there are. */
  readonly count: number
  /** The rule that lets it stay. */
  readonly allowedBy: AllowRule | null
}

export interface RedactOptions {
  /** Also what is personal: e-mail addresses, numbers of telephones, cards and accounts. */
  readonly personal?: boolean
  /** What may stay (`allowFrom`). */
  readonly allow?: Allow
  /** Is shown what was found and is not allowed, and says which of it stays. Without, everything is redacted. */
  readonly decide?: (findings: readonly Finding[]) => Promise<ReadonlySet<Finding>> | ReadonlySet<Finding>
}

export interface Redacted<T> {
  readonly document: T
  /** Everything that was found, in order of first appearance, with what was allowed or kept. */
  readonly findings: readonly Finding[]
  /** How often each placeholder stands in the document, in order of first appearance: `[redacted:password:1]`. */
  readonly placeholders: ReadonlyMap<string, number>
}

/** Secrets shorter than this, or made of words, are redacted only where a rule finds them. */
const shortestAnywhere = 6
const placesShown = 100

interface Secret {
  readonly identity: string
  readonly text: string
  readonly kind: string
  readonly places: { readonly leaf: Leaf; readonly hits: readonly Hit[]; readonly at: number }[]
}

/**
 * A session, in the shape that it is exported in, without its secrets: each is replaced by `[redacted:<kind>:<n>]`, the same one
 * by the same everywhere, also where nothing tells that it is one. The document that is given is not changed; redacting what was
 * redacted changes nothing.
 * @param document any JSON value
 */
export async function redactSession<T>(document: T, options: RedactOptions = {}): Promise<Redacted<T>> {
  const { documents, ...rest } = await redactSessions([document], options)
  return { document: documents[0]!, findings: rest.findings, placeholders: rest.placeholders[0]! }
}

/**
 * Several documents at once, as a session and its subagents: what is a secret in one is a secret in all. Each counts for itself.
 */
export async function redactSessions<T>(
  documents: readonly T[],
  { allow, decide, personal }: RedactOptions = {},
): Promise<{ documents: T[]; findings: readonly Finding[]; placeholders: ReadonlyMap<string, number>[] }> {
  const leaves = documents.flatMap((document, index) => [...leavesOf(document, index)])
  const { secrets, hits, known } = await secretsIn(leaves, personal)
  const findings = new Map([...secrets.values()].map((secret) => [findingOf(secret, documents, known, allow), secret]))
  const asked = [...findings.keys()].filter(({ allowedBy }) => allowedBy === null)
  const kept = (await decide?.(asked)) ?? new Set()
  const stays = new Set<string>()
  for (const [finding, { identity }] of findings) if (finding.allowedBy !== null || kept.has(finding)) stays.add(identity)

  const placeholders: ReadonlyMap<string, number>[] = []
  let offset = 0
  const redacted = documents.map((document, at) => {
    const own = new Numbers(leaves, at)
    let index = offset
    const result = withTexts(document, (text) => {
      const leaf = leaves[index]
      // Empty texts are no leaves, but for keys.
      if (leaf === undefined || leaf.text !== text) throw new Error('a document changed while it was redacted')
      return replacedIn(text, hits.get(index++) ?? [], secrets, stays, own)
    })
    offset = index
    placeholders.push(own.counts)
    return result
  })
  return { documents: redacted, findings: [...findings.keys()], placeholders }
}

/** What was found in texts, without changing them. */
export async function findSecretsIn(
  documents: readonly unknown[],
  { allow, personal }: Omit<RedactOptions, 'decide'> = {},
): Promise<readonly Finding[]> {
  const leaves = documents.flatMap((document, index) => [...leavesOf(document, index)])
  const { secrets, known } = await secretsIn(leaves, personal)
  return [...secrets.values()].map((secret) => findingOf(secret, documents, known, allow))
}

/**
 * Where secrets stand in texts, for whoever quotes pieces of them: what is a secret in one is a secret in all.
 * @returns for each text that has any, by its index, their places in order, none inside another
 */
export async function secretPlaces(texts: readonly string[]): Promise<ReadonlyMap<number, readonly Hit[]>> {
  const leaf = { document: 0, step: null, isKey: false, label: null, messageID: null }
  return (await secretsIn(texts.map((text) => ({ ...leaf, text })))).hits
}

/** Two copies of a key are the same secret, whatever their lines look like. */
const identityOf = (text: string, kind: string) => (kind === 'private-key' ? keyLetters(text) : text)

interface Found {
  readonly secrets: ReadonlyMap<string, Secret>
  readonly hits: ReadonlyMap<number, readonly Hit[]>
  readonly known: Occurrences
}

/** All secrets by identity in order of first appearance, and for each text, by its index, where they stand. */
async function secretsIn(leaves: readonly Leaf[], withPersonal = false): Promise<Found> {
  const found = await findSecrets(leaves, withPersonal)
  const kinds = kindsOf(leaves, found)
  const everywhere = new Map([...kinds].filter(([text]) => isKnownAnywhere(text)))
  const occurrences = new Occurrences(everywhere)
  const secrets = new Map<string, Secret>()
  const hits = new Map<number, Hit[]>()
  for (const [index, leaf] of leaves.entries()) {
    const here = merged(found.get(index) ?? [], [...occurrences.in(leaf.text)])
    if (here.length === 0) continue
    hits.set(index, here)
    for (const [at, hit] of here.entries()) {
      const text = leaf.text.slice(hit.start, hit.end)
      const kind = kinds.get(text) ?? hit.kind
      const identity = identityOf(text, kind)
      let secret = secrets.get(identity)
      if (!secret) {
        secret = { identity, text, kind, places: [] }
        secrets.set(identity, secret)
      }
      secret.places.push({ leaf, hits: here, at })
    }
  }
  return { secrets, hits, known: new Occurrences(kinds) }
}

/** A secret has one kind, wherever it stands: the surest, of equal ones the first. */
function kindsOf(leaves: readonly Leaf[], found: ReadonlyMap<number, readonly Hit[]>): Map<string, string> {
  const best = new Map<string, Hit>()
  for (const index of [...found.keys()].sort((a, b) => a - b)) {
    for (const hit of found.get(index)!) {
      const text = leaves[index]!.text.slice(hit.start, hit.end)
      const known = best.get(text)
      if (!known || hit.rank > known.rank) best.set(text, hit)
    }
  }
  return new Map([...best].map(([text, { kind }]) => [text, kind]))
}

/** Whether a secret can be told from other text by itself: `hunter2` can, `postgres` and `swordfish` are words. */
function isKnownAnywhere(text: string): boolean {
  if (text.length < shortestAnywhere) return false
  return !(isWords(text) && (text.length < 16 || entropy(text) < 3.5)) && !/^\d{1,7}$/.test(text)
}

/** Hits of the rules, and between them those of known secrets; both in order. */
function merged(found: readonly Hit[], known: readonly Hit[]): Hit[] {
  const all: Hit[] = []
  let next = 0
  for (const hit of known) {
    while (next < found.length && found[next]!.start < hit.end) all.push(found[next++]!)
    if (hit.start >= (all.at(-1)?.end ?? 0)) all.push(hit)
  }
  return [...all, ...found.slice(next)]
}

/** A path may go through a key that is a secret, and a command may have one in it. */
function masked(shown: string, known: Occurrences): string {
  return [...known.in(shown)].reduceRight(
    (text, { start, end }) => text.slice(0, start) + maskedSecret(text.slice(start, end)) + text.slice(end),
    shown,
  )
}

function findingOf(
  { text, identity, kind, places }: Secret,
  documents: readonly unknown[],
  known: Occurrences,
  allow: Allow | undefined,
): Finding {
  return {
    kind,
    hash: hashOf(identity),
    masked: maskedSecret(text),
    count: places.length,
    allowedBy: allow?.(kind, identity) ?? null,
    places: places.slice(0, placesShown).map(({ leaf, hits, at }) => ({
      document: leaf.document,
      path: masked(pathOf(leaf), known),
      where: placeWords(documents[leaf.document], namesOf(leaf), (shown) => masked(shown, known)),
      messageID: leaf.messageID,
      context: maskedContext(leaf.text, hits, at),
    })),
  }
}

function replacedIn(
  text: string,
  hits: readonly Hit[],
  secrets: ReadonlyMap<string, Secret>,
  stays: ReadonlySet<string>,
  numbers: Numbers,
): string {
  if (hits.length === 0) return text
  let result = ''
  let at = 0
  for (const { start, end, kind } of hits) {
    const secret = text.slice(start, end)
    const known = secrets.get(secret) ?? secrets.get(identityOf(secret, kind))
    if (!known || stays.has(known.identity)) continue
    result += text.slice(at, start) + numbers.placeholder(known)
    at = end
  }
  return result + text.slice(at)
}

/** Numbers the secrets of a document, of each kind from 1; numbers that stand in it already are taken. */
class Numbers {
  readonly counts = new Map<string, number>()
  readonly #given = new Map<string, string>()
  readonly #next = new Map<string, number>()

  constructor(leaves: readonly Leaf[], document: number) {
    for (const leaf of leaves) {
      if (leaf.document !== document || !leaf.text.includes('[redacted:')) continue
      for (const [, kind, number] of leaf.text.matchAll(/\[redacted:([\w-]{1,60}):(\d{1,9})\]/g)) {
        this.#next.set(kind!, Math.max(this.#next.get(kind!) ?? 1, Number(number) + 1))
      }
    }
  }

  placeholder({ identity, kind }: Secret): string {
    let placeholder = this.#given.get(identity)
    if (placeholder === undefined) {
      const number = this.#next.get(kind) ?? 1
      this.#next.set(kind, number + 1)
      placeholder = `[redacted:${kind}:${number}]`
      this.#given.set(identity, placeholder)
    }
    this.counts.set(placeholder, (this.counts.get(placeholder) ?? 0) + 1)
    return placeholder
  }
}
