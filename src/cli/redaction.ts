import { addAllowRules } from '../redact/allow-file.ts'
import type { Finding } from '../redact/redact.ts'

/** Lets a person look at each secret; what is to stay for good is noted in the repository. */
export function reviewed(worktree: string) {
  return async (findings: readonly Finding[]): Promise<ReadonlySet<Finding>> => {
    if (findings.length === 0) return new Set()
    const [{ askOnTerminal, showFindings }, { reviewFindings }] = await Promise.all([
      import('./review.ts'),
      import('../redact/review.ts'),
    ])
    showFindings(findings)
    const { kept, rules } = await reviewFindings(findings, (question) => askOnTerminal(question))
    addAllowRules(worktree, rules)
    return kept
  }
}
