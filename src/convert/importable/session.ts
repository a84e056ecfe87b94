import { isObject, type JsonObject, numberOf, objectOf } from '../../base/json.ts'
import { withPrefix } from '../ids.ts'
import { diffsOf, isDiff } from './file-diff.ts'
import {
  conform,
  count,
  finite,
  has,
  id,
  isCount,
  isListOf,
  isMaybe,
  isNumber,
  isText,
  only,
  optionalRecord,
  optionalText,
  type Rules,
  startsWith,
  text,
} from './rule.ts'
import { isTokens, tokensOf } from './tokens.ts'

const sessionTime = has({
  created: isCount,
  updated: isCount,
  compacting: isMaybe(isCount),
  archived: isMaybe(isNumber),
})

const sessionRules: Rules = {
  id: id('ses'),
  slug: text(''), // what 1.2 to 1.15 gave sessions of before 1.1.11
  projectID: text('global'),
  workspaceID: optionalText,
  directory: text(''),
  path: optionalText,
  parentID: {
    test: startsWith('ses'),
    repair: (value) => (isText(value) && value !== '' ? withPrefix('ses', value) : undefined),
    optional: true,
  },
  summary: {
    test: has({ additions: isNumber, deletions: isNumber, files: isNumber, diffs: isMaybe(isListOf(isDiff)) }),
    // 0.15 to 1.0 have the diffs alone, 1.0.1xx to 1.1 no number of files
    repair: (value) => {
      if (!isObject(value)) return undefined
      const diffs = diffsOf(value.diffs)
      const sum = (key: string) => diffs.reduce((total, diff) => total + finite(diff[key]), 0)
      return {
        ...value,
        additions: numberOf(value.additions) ?? sum('additions'),
        deletions: numberOf(value.deletions) ?? sum('deletions'),
        files: numberOf(value.files) ?? diffs.length,
        diffs: value.diffs === undefined ? undefined : diffs,
      }
    },
    optional: true,
  },
  cost: only(isNumber),
  tokens: { test: isTokens, repair: tokensOf, optional: true },
  share: only(has({ url: isText })),
  title: text(''),
  agent: optionalText,
  model: only(has({ id: isText, providerID: isText, variant: isMaybe(isText) })),
  version: text(''),
  metadata: optionalRecord,
  time: {
    test: sessionTime,
    repair: (value) => {
      const { created, updated, compacting, archived } = objectOf(value)
      return {
        created: count(created),
        updated: count(updated ?? created),
        compacting: isCount(compacting) ? compacting : undefined,
        archived: isNumber(archived) ? archived : undefined,
      }
    },
  },
  permission: only(
    isListOf(
      has({ permission: isText, pattern: isText, action: (value) => value === 'allow' || value === 'deny' || value === 'ask' }),
    ),
  ),
  revert: only(
    has({
      messageID: startsWith('msg'),
      partID: isMaybe(startsWith('prt')),
      snapshot: isMaybe(isText),
      diff: isMaybe(isText),
    }),
  ),
}

/** A session object that `opencode import` of 1.18.33 takes. */
export const importableSession = (info: JsonObject): JsonObject => conform(info, sessionRules)
