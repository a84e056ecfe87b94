import { createHash } from 'node:crypto'
import { accept, accepted } from '../base/accepted.ts'
import { type AllowRule, isExpression } from './allow.ts'

/** A rule of one work tree: the same in another repository is another question. */
const keyOf = (worktree: string, { rule, match }: AllowRule) =>
  createHash('sha256')
    .update(JSON.stringify([worktree, rule, match]))
    .digest('hex')

/**
 * The rules that may be followed when something is written, and those that nobody on this machine has agreed to: expressions that
 * came with the repository. What names one secret has been written by somebody who knew it, and lets no other one stay.
 */
export function consentedRules(worktree: string, rules: readonly AllowRule[]): { followed: AllowRule[]; open: AllowRule[] } {
  const known = accepted('rules')
  const isFollowed = (rule: AllowRule) => !isExpression(rule) || known.has(keyOf(worktree, rule))
  return { followed: rules.filter(isFollowed), open: rules.filter((rule) => !isFollowed(rule)) }
}

/** The person agrees to these rules of this work tree, for good. */
export function acceptRules(worktree: string, rules: readonly AllowRule[]): void {
  const keys = rules.filter(isExpression).map((rule) => keyOf(worktree, rule))
  if (keys.length > 0) accept('rules', keys)
}
