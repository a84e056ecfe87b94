import type { AllowRule } from './allow.ts'
import type { Finding } from './redact.ts'

/**
 * What a person says to a secret. `always` also keeps it from being asked again; `kind` redacts it and every other of its kind
 * that is still to come, `all` whatever is still to come; `back` returns to the one before.
 */
export type Answer = 'redact' | 'keep' | 'always' | 'kind' | 'all' | 'back'

/** What is asked: the `at`th of the findings, from 0, and what was said to it before the person went back. */
export interface Question {
  readonly finding: Finding
  readonly at: number
  readonly total: number
  /** How many of its kind are still to come, this one included. */
  readonly ofKind: number
  readonly before: Answer | undefined
}

export type Ask = (question: Question) => Promise<Answer>

/** What a review came to. */
export interface Review {
  readonly kept: ReadonlySet<Finding>
  /** To be added to `allow` in `.opencode/ocvault.json`; they name secrets by their hash. */
  readonly rules: readonly AllowRule[]
}

interface Decision {
  readonly at: number
  readonly answer: Exclude<Answer, 'back'>
}

/** Asks about each finding in turn, and goes back as often as it is asked to. */
export async function reviewFindings(findings: readonly Finding[], ask: Ask): Promise<Review> {
  const decisions: Decision[] = []
  const before = new Map<number, Answer>()
  for (;;) {
    const at = nextOf(findings, decisions)
    const finding = findings[at]
    if (!finding || decisions.at(-1)?.answer === 'all') return outcome(findings, decisions)
    const ofKind = findings.filter(({ kind }, each) => each >= at && kind === finding.kind).length
    const answer = await ask({ finding, at, total: findings.length, ofKind, before: before.get(at) })
    if (answer === 'back') decisions.pop()
    else {
      before.set(at, answer)
      decisions.push({ at, answer })
    }
  }
}

/** The next finding that nothing was decided about, neither alone nor with its kind. */
function nextOf(findings: readonly Finding[], decisions: readonly Decision[]): number {
  const kinds = new Set(decisions.filter(({ answer }) => answer === 'kind').map(({ at }) => findings[at]!.kind))
  let at = (decisions.at(-1)?.at ?? -1) + 1
  while (at < findings.length && kinds.has(findings[at]!.kind)) at++
  return at
}

function outcome(findings: readonly Finding[], decisions: readonly Decision[]): Review {
  const stays = decisions.filter(({ answer }) => answer === 'keep' || answer === 'always')
  return {
    kept: new Set(stays.map(({ at }) => findings[at]!)),
    rules: stays
      .filter(({ answer }) => answer === 'always')
      .map(({ at }) => findings[at]!)
      .map((finding) => ({ rule: finding.kind, match: finding.hash, reason: reasonFor(finding) })),
  }
}

function reasonFor({ places }: Finding): string {
  return `kept in a review${places[0] ? ` (${places[0].where ?? places[0].path})` : ''}`
}
