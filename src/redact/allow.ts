import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { isObject } from '../base/json.ts'

const ruleSchema = v.strictObject({
  rule: v.pipe(v.string(), v.nonEmpty('must not be empty')),
  match: v.pipe(v.string(), v.nonEmpty('must not be empty')),
  reason: v.optional(v.string()),
})

/**
 * A secret that may stay, as `.opencode/ocvault.json` has it: `{ "allow": [{ "rule": …, "match": …, "reason": … }] }`. `rule` is a kind
 * (`github-token`) or `*`; `match` is `sha256:…` of the secret, `/a regular expression/i` that all of it matches, or a text that it is.
 */
export type AllowRule = v.InferOutput<typeof ruleSchema>

/** Decides whether a secret may stay; tells the rule that says so. */
export type Allow = (kind: string, secret: string) => AllowRule | undefined

/** The hash by which a secret is known without being told. */
export const hashOf = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`

/** Longer secrets are not put to regular expressions, which come with a repository and may be made to never end. */
const longestMatched = 500

/**
 * What a configuration allows, other keys of it are not looked at.
 * @param config the parsed `.opencode/ocvault.json`
 * @throws OcvaultError `usage`, in one line that names the rule
 */
export function allowFrom(config: unknown): Allow {
  if (!isObject(config)) throw new OcvaultError('usage', '.opencode/ocvault.json is no JSON object')
  const parsed = v.safeParse(v.object({ allow: v.optional(v.array(ruleSchema), []) }), config)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new OcvaultError('usage', `.opencode/ocvault.json: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`)
  }
  const rules = parsed.output.allow.map((rule, index) => ({ rule, matches: matcherOf(rule, index) }))
  return (kind, secret) => {
    const found = rules.find(({ rule, matches }) => (rule.rule === '*' || rule.rule === kind) && matches(secret))
    return found?.rule
  }
}

function matcherOf({ match }: AllowRule, index: number): (secret: string) => boolean {
  if (/^(?:sha256:)?[0-9a-f]{64}$/i.test(match)) {
    const hash = `sha256:${match.toLowerCase().replace('sha256:', '')}`
    return (secret) => hashOf(secret) === hash
  }
  const expression = /^\/(.+)\/([iu]{0,2})$/.exec(match)
  if (!expression) return (secret) => secret === match
  try {
    const pattern = new RegExp(`^(?:${expression[1]})$`, expression[2])
    return (secret) => secret.length <= longestMatched && pattern.test(secret)
  } catch (error) {
    throw new OcvaultError('usage', `.opencode/ocvault.json: allow.${index}.match: ${reasonOf(error)}`, { cause: error })
  }
}
