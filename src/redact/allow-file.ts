import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { makeFolder, writeAtomically } from '../base/files.ts'
import { isObject, type JsonObject, listOf } from '../base/json.ts'
import { readRegular } from '../base/regular.ts'
import type { AllowRule } from './allow.ts'
import { acceptRules } from './rule-consent.ts'

/** Below the root of the work tree. */
const configName = '.opencode/ocvault.json'

const largestConfig = 2 ** 20

/**
 * The configuration of a work tree; an empty one without the file.
 * @throws OcvaultError `usage` when it is no JSON object, `refused` when it is a link, no file, or too large
 */
export function readConfig(worktree: string): JsonObject {
  const path = join(worktree, configName)
  for (const at of [dirname(path), path]) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw new OcvaultError('refused', `${at} is a link: what it allows is not looked at; put the file itself there`)
    }
  }
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat && !stat.isFile()) throw new OcvaultError('refused', `${path} is no file, and is not read`)
  if (stat && stat.size > largestConfig) throw new OcvaultError('refused', `${path} is larger than 1 MB, and is not read`)
  let value: unknown
  try {
    value = JSON.parse(readRegular(path).toString())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new OcvaultError('usage', `${configName} cannot be read: ${reasonOf(error)}`, { cause: error })
  }
  if (!isObject(value)) throw new OcvaultError('usage', `${configName} is no JSON object`)
  return value
}

/**
 * Whether a work tree's configuration says that what is personal is redacted, too: `{ "pii": true }`.
 * @throws OcvaultError `usage` for anything but true and false
 */
export function isPersonalRedacted({ pii }: JsonObject): boolean {
  if (pii !== undefined && typeof pii !== 'boolean') throw new OcvaultError('usage', `${configName}: pii is true or false`)
  return pii === true
}

/**
 * Adds rules of the person's own to the configuration of a work tree; what stands there stays, and a rule that is there is not
 * added again.
 */
export function addAllowRules(worktree: string, rules: readonly AllowRule[]): void {
  acceptRules(worktree, rules)
  const config = readConfig(worktree)
  const there = listOf(config.allow)
  const isThere = (rule: AllowRule) => there.some((old) => isObject(old) && old.rule === rule.rule && old.match === rule.match)
  const added = rules.filter((rule) => !isThere(rule))
  if (added.length === 0) return
  const path = join(worktree, configName)
  makeFolder(dirname(path), 'shared')
  writeAtomically(path, [Buffer.from(`${JSON.stringify({ ...config, allow: [...there, ...added] }, null, 2)}\n`)], {
    access: 'shared',
  })
}
