import { isObject, type JsonObject, objectOf, textOf } from '../../base/json.ts'
import { withPrefix } from '../ids.ts'
import { keep } from '../kept.ts'
import { errorOf, isError } from './errors.ts'
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
  isTrueOrFalse,
  only,
  optionalText,
  type Rules,
  startsWith,
  text,
} from './rule.ts'
import { isTokens, tokensOf } from './tokens.ts'

/** What a message needs of those around it. */
export interface Around {
  /** Agent and model of the answer to come, else of the last one, else of the session. */
  readonly agent: string
  readonly model: { readonly providerID: string; readonly modelID: string; readonly variant?: string }
  /** The last user message before this one, if any. */
  readonly previous: string | undefined
  readonly directory: string
}

const isModel = has({ providerID: isText, modelID: isText, variant: isMaybe(isText) })

const userRules = ({ agent, model }: Around): Rules => ({
  time: { test: has({ created: (value) => isNumber(value) && value >= 0 }), repair: timeOf },
  format: only(isFormat),
  summary: {
    test: has({ title: isMaybe(isText), body: isMaybe(isText), diffs: isListOf(isDiff) }),
    repair: (value) => {
      if (!isObject(value)) return undefined
      const { title, body, diffs } = value
      return { ...value, title: textOf(title) ?? undefined, body: textOf(body) ?? undefined, diffs: diffsOf(diffs) }
    },
    optional: true,
  },
  agent: text(agent),
  model: { test: isModel, repair: () => model },
  system: optionalText,
  tools: only((value) => isObject(value) && Object.values(value).every(isTrueOrFalse)),
})

function isFormat(value: unknown): boolean {
  if (!isObject(value)) return false
  return value.type === 'text' || (value.type === 'json_schema' && isObject(value.schema) && isMaybe(isCount)(value.retryCount))
}

function timeOf(value: unknown): JsonObject {
  const { created, completed } = objectOf(value)
  return { created: count(created), completed: completed === undefined ? undefined : count(completed) }
}

const assistantRules = ({ agent, model, previous, directory }: Around, info: JsonObject): Rules => ({
  time: { test: has({ created: isCount, completed: isMaybe(isCount) }), repair: timeOf },
  error: { test: isError, repair: errorOf, optional: true },
  parentID: {
    test: startsWith('msg'),
    repair: (value) => (isText(value) ? withPrefix('msg', value) : (previous ?? withPrefix('msg', String(info.id)))),
  },
  modelID: text(model.modelID),
  providerID: text(model.providerID),
  mode: text(textOf(info.agent) ?? agent),
  agent: text(textOf(info.mode) ?? agent), // 1.0 and before call it mode
  path: {
    test: has({ cwd: isText, root: isText }),
    repair: (value) => ({ cwd: textOf(objectOf(value).cwd) ?? directory, root: textOf(objectOf(value).root) ?? directory }),
  },
  summary: only(isTrueOrFalse),
  cost: { test: isNumber, repair: finite },
  tokens: { test: isTokens, repair: tokensOf },
  variant: optionalText,
  finish: optionalText,
})

const ids: Rules = { id: id('msg'), sessionID: id('ses') }

/** A message object that `opencode import` of 1.18.33 takes. */
export function importableMessage(info: JsonObject, around: Around): JsonObject {
  const known =
    info.role === 'user' || info.role === 'assistant' ? info : keep({ ...info, role: 'user' }, { misfit: { role: info.role } })
  return conform(conform(known, ids), known.role === 'assistant' ? assistantRules(around, known) : userRules(around))
}
