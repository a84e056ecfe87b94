import { addAllowRules, readConfig } from '../redact/allow-file.ts'
import type { Finding } from '../redact/redact.ts'
import type { Redact } from '../share/local-sessions.ts'

/** Leaves everything as it is. */
export const noRedaction: Redact = async (documents) => ({ documents, redactions: 0 })

/** Replaces every secret that the repository does not allow. Loaded here, because there are commands that look at no session. */
export function redaction(worktree: string, decide?: (findings: readonly Finding[]) => Promise<ReadonlySet<Finding>>): Redact {
  return async (documents) => {
    const [{ allowFrom }, { redactSessions }] = await Promise.all([import('../redact/allow.ts'), import('../redact/redact.ts')])
    const allow = allowFrom(readConfig(worktree))
    let redactions = 0
    const decided = async (findings: readonly Finding[]) => {
      const kept = (await decide?.(findings)) ?? new Set()
      redactions = findings.length - kept.size
      return kept
    }
    const redacted = await redactSessions(documents, { allow, decide: decided })
    return { documents: redacted.documents, redactions }
  }
}

/** Lets a person look at each secret; what is to stay for good is noted in the repository. */
export function reviewed(worktree: string) {
  return async (findings: readonly Finding[]): Promise<ReadonlySet<Finding>> => {
    if (findings.length === 0) return new Set()
    const [{ askOnTerminal }, { reviewFindings }] = await Promise.all([import('./review.ts'), import('../redact/review.ts')])
    const { kept, rules } = await reviewFindings(findings, askOnTerminal)
    addAllowRules(worktree, rules)
    return kept
  }
}
