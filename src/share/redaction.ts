import { createHash } from 'node:crypto'
import { accept, accepted, withdraw } from '../base/accepted.ts'
import { type Allow, type AllowRule, allowedBy, rulesIn } from '../redact/allow.ts'
import { isPersonalRedacted, readConfig } from '../redact/allow-file.ts'
import { type Finding, redactSessions } from '../redact/redact.ts'
import { consentedRules } from '../redact/rule-consent.ts'
import { type Redact, rootID } from './local-sessions.ts'

/** Lets a person say which secrets stay. */
type Decide = (findings: readonly Finding[]) => Promise<ReadonlySet<Finding>>

export interface SavingOptions {
  /** Is asked what stays. */
  readonly decide?: Decide | undefined
  /** Also redacts what is personal, whatever the repository says. */
  readonly personal?: boolean | undefined
}

/** Leaves everything as it is. */
export const noRedaction: Redact = async (documents) => ({ documents, redactions: 0, allowed: 0, kept: 0 })

/** How what is compared is redacted: all rules of the repository are followed, since whoever saved it has followed them. */
export const redactionForComparing = (worktree: string): Redact => redacting(worktree, (rules) => rules)

/**
 * How what is written is redacted: rules that came with the repository are followed once somebody on this machine has agreed to
 * them. What the person let stay in a session the last time stays when nobody is asked.
 */
export const redactionForSaving = (worktree: string, { decide, personal }: SavingOptions = {}): Redact =>
  redacting(worktree, (rules) => consentedRules(worktree, rules).followed, { decide, personal })

/**
 * The rules of the repository that are not followed, because nobody on this machine has agreed to them.
 * @throws OcvaultError as `rulesIn` and `allowedBy` do, so that a rule that cannot be used is not asked about
 */
export async function openRules(worktree: string): Promise<readonly AllowRule[]> {
  const { open } = consentedRules(worktree, rulesIn(readConfig(worktree)))
  await allowedBy(open)
  return open
}

function redacting(
  worktree: string,
  choose: (rules: readonly AllowRule[]) => readonly AllowRule[],
  { decide, personal }: SavingOptions = {},
): Redact {
  let allow: Promise<Allow> | undefined
  return async (documents) => {
    const config = readConfig(worktree)
    allow ??= allowedBy(choose(rulesIn(config)))
    const session = rootID(documents)
    let [redactions, kept] = [0, 0]
    const redacted = await redactSessions(documents, {
      allow: await allow,
      personal: personal || isPersonalRedacted(config),
      decide: async (findings) => {
        const stays = decide ? await decided(session, findings, decide) : rememberedOf(session, findings)
        ;[redactions, kept] = [findings.length - stays.size, stays.size]
        return stays
      },
    })
    const allowed = redacted.findings.filter((finding) => finding.allowedBy !== null).length
    return { documents: redacted.documents, redactions, allowed, kept }
  }
}

/** A secret in a session, told to nobody who has only the note of it. */
const keyOf = (session: string, { hash }: Finding) => createHash('sha256').update(`${session} ${hash}`).digest('hex')

function rememberedOf(session: string, findings: readonly Finding[]): ReadonlySet<Finding> {
  const known = accepted('secrets')
  return new Set(known.size === 0 ? [] : findings.filter((finding) => known.has(keyOf(session, finding))))
}

/**
 * What the person says holds until they say otherwise: else the same session would be saved now with a secret, and now without
 * it.
 */
async function decided(session: string, findings: readonly Finding[], decide: Decide): Promise<ReadonlySet<Finding>> {
  const stays = await decide(findings)
  const keys = (some: readonly Finding[]) => some.map((finding) => keyOf(session, finding))
  accept('secrets', keys([...stays]))
  withdraw('secrets', keys(findings.filter((finding) => !stays.has(finding))))
  return stays
}
