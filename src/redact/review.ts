import type { AllowRule } from './allow.ts'
import type { Finding } from './redact.ts'

/** What a person says to a secret. `always` also keeps it from being asked again; `all` redacts this one and all after it. */
type Answer = 'redact' | 'keep' | 'always' | 'all'

/** Asks about a finding: the `at`th, from 0, of `total`. */
export type Ask = (finding: Finding, at: number, total: number) => Promise<Answer>

/** What a review came to. */
export interface Review {
  readonly kept: ReadonlySet<Finding>
  /** To be added to `allow` in `.opencode/ocvault.json`; they name secrets by their hash. */
  readonly rules: readonly AllowRule[]
}

/** Asks about each finding in turn. */
export async function reviewFindings(findings: readonly Finding[], ask: Ask): Promise<Review> {
  const kept = new Set<Finding>()
  const rules: AllowRule[] = []
  for (const [at, finding] of findings.entries()) {
    const answer = await ask(finding, at, findings.length)
    if (answer === 'all') break
    if (answer === 'redact') continue
    kept.add(finding)
    if (answer === 'always') rules.push({ rule: finding.kind, match: finding.hash, reason: reasonFor(finding) })
  }
  return { kept, rules }
}

function reasonFor({ places }: Finding): string {
  return `kept in a review${places[0] ? ` (${places[0].path})` : ''}`
}
