import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { isObject } from '../base/json.ts'
import { type Budget, compiledExpression, fitsAnything, freshBudget, type Matcher } from './expression.ts'

const ruleSchema = v.strictObject({
  rule: v.pipe(v.string(), v.nonEmpty('must not be empty')),
  match: v.pipe(v.string(), v.nonEmpty('must not be empty')),
  reason: v.optional(v.string()),
})

/**
 * A secret that may stay, as `.opencode/ocvault.json` has it: `{ "allow": [{ "rule": …, "match": …, "reason": … }] }`. `rule` is
 * a kind (`github-token`) or `*`; `match` is `sha256:…` of the secret, `/a regular expression/i` that all of it matches, or a
 * text that it is.
 */
export type AllowRule = v.InferOutput<typeof ruleSchema>

/** Decides whether a secret may stay; tells the rule that says so. */
export type Allow = (kind: string, secret: string) => AllowRule | undefined

/** The hash by which a secret is known without being told. */
export const hashOf = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`

const expression = /^\/(.+)\/([iu]{0,2})$/

/** Whether a rule lets secrets stay that whoever wrote it need not know: others name one secret, by its hash or as it is. */
export const isExpression = ({ match }: AllowRule): boolean => expression.test(match)

const wrong = (what: string, cause?: unknown) => new OcvaultError('usage', `.opencode/ocvault.json: ${what}`, { cause })

/**
 * The rules of a configuration, other keys of it are not looked at.
 * @param config the parsed `.opencode/ocvault.json`
 * @throws OcvaultError `usage`, in one line that names the rule
 */
export function rulesIn(config: unknown): readonly AllowRule[] {
  if (!isObject(config)) throw new OcvaultError('usage', '.opencode/ocvault.json is no JSON object')
  const parsed = v.safeParse(v.object({ allow: v.optional(v.array(ruleSchema), []) }), config)
  if (parsed.success) return parsed.output.allow
  const [issue] = parsed.issues
  throw wrong(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`)
}

/**
 * What a configuration allows.
 * @param config the parsed `.opencode/ocvault.json`
 * @throws OcvaultError as {@link rulesIn} and {@link allowedBy} do
 */
export const allowFrom = async (config: unknown): Promise<Allow> => allowedBy(rulesIn(config))

/**
 * What rules allow.
 * @throws OcvaultError `usage` for an expression that cannot be used, `refused` for one that fits any secret; asking throws
 *   `usage` when expressions would take too long
 */
export async function allowedBy(rules: readonly AllowRule[]): Promise<Allow> {
  const budget = freshBudget()
  const compiled: { rule: AllowRule; matches: Matcher }[] = []
  for (const [index, rule] of rules.entries()) compiled.push({ rule, matches: await matcherOf(rule, index, budget) })
  return (kind, secret) => {
    try {
      return compiled.find(({ rule, matches }) => (rule.rule === '*' || rule.rule === kind) && matches(secret))?.rule
    } catch (error) {
      throw wrong(`allow: ${reasonOf(error)}`, error)
    }
  }
}

async function matcherOf({ match }: AllowRule, index: number, budget: Budget): Promise<Matcher> {
  if (/^(?:sha256:)?[0-9a-f]{64}$/i.test(match)) {
    const hash = `sha256:${match.toLowerCase().replace('sha256:', '')}`
    return (secret) => hashOf(secret) === hash
  }
  const [, source, flags] = expression.exec(match) ?? []
  if (source === undefined) return (secret) => secret === match
  try {
    const matches = await compiledExpression(source, flags!, budget)
    if (!fitsAnything(matches)) return matches
  } catch (error) {
    throw wrong(`allow.${index}.match: ${reasonOf(error)}`, error)
  }
  throw new OcvaultError(
    'refused',
    `.opencode/ocvault.json: allow.${index}.match ${match.slice(0, 60)} fits any secret, and would switch redaction off: a rule names the secrets that may stay`,
  )
}
