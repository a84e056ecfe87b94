import { type Allow, type AllowRule, hashOf } from './allow.ts'
import type { Hit } from './hit.ts'
import { maskedSecret } from './mask.ts'
import { Placeholders, withPlaceholders } from './placeholders.ts'
import { type FindingPlace, type Secret, secretsIn, secretsInTexts } from './secrets.ts'

export type { FindingPlace } from './secrets.ts'

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

/**
 * A session, in the shape that it is exported in, without its secrets: each is replaced by `[redacted:<kind>:<n>]`, the same one
 * by the same everywhere, also where nothing tells that it is one. The document that is given is not changed; redacting what was
 * redacted changes nothing.
 * @param document any JSON value; a member that is a `Stream` comes back as one
 */
export async function redactSession<T>(document: T, options: RedactOptions = {}): Promise<Redacted<T>> {
  const { documents, ...rest } = await redactSessions([document], options)
  return { document: documents[0]!, findings: rest.findings, placeholders: rest.placeholders[0]! }
}

/**
 * Several documents at once, as a session and its subagents: what is a secret in one is a secret in all. Each counts for itself.
 * @throws StoreChanged when a stream of them is another one the second time; so does reading one that comes back
 */
export async function redactSessions<T>(
  documents: readonly T[],
  { allow, decide, personal }: RedactOptions = {},
): Promise<{ documents: T[]; findings: readonly Finding[]; placeholders: ReadonlyMap<string, number>[] }> {
  const secrets = secretsIn(documents, personal)
  const findings = secrets.all.map((secret) => findingOf(secret, allow))
  const kept = (await decide?.(findings.filter(({ allowedBy }) => allowedBy === null))) ?? new Set()
  const stays = (number: number) => findings[number]!.allowedBy !== null || kept.has(findings[number]!)
  const placeholders = secrets.documents.map((document) => new Placeholders(secrets.all, document, stays))
  return {
    documents: documents.map((document, index) => withPlaceholders(document, index, secrets, placeholders[index]!)),
    findings,
    placeholders: placeholders.map(({ counts }) => counts),
  }
}

/** What was found in texts, without changing them. */
export async function findSecretsIn(
  documents: readonly unknown[],
  { allow, personal }: Omit<RedactOptions, 'decide'> = {},
): Promise<readonly Finding[]> {
  return secretsIn(documents, personal).all.map((secret) => findingOf(secret, allow))
}

/**
 * Where secrets stand in texts, for whoever quotes pieces of them: what is a secret in one is a secret in all.
 * @returns for each text that has any, by its index, their places in order, none inside another
 */
export async function secretPlaces(texts: readonly string[]): Promise<ReadonlyMap<number, readonly Place[]>> {
  const { all, hits } = secretsInTexts(texts)
  const places = new Map<number, Place[]>()
  for (let at = 0; at < hits.length; ) {
    const { leaf } = hits.at(at)
    const own = hits.of(leaf, at).map(({ start, end, what }) => ({ start, end, kind: all[what]!.kind }))
    places.set(leaf, own)
    at += own.length
  }
  return places
}

type Place = Pick<Hit, 'start' | 'end' | 'kind'>

const findingOf = ({ text, identity, kind, count, places }: Secret, allow: Allow | undefined): Finding => ({
  kind,
  hash: hashOf(identity),
  masked: maskedSecret(text),
  count,
  allowedBy: allow?.(kind, identity) ?? null,
  places,
})
