import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { withPrefix } from './ids.ts'
import { keep } from './kept.ts'
import { own } from './patch.ts'

/**
 * What `opencode import` of 1.18.33 demands of each field; it refuses the whole file for one that is missing or of another type. A rule
 * without `repair` is of an optional field. Fields that no rule names are left as they are.
 */
interface Rule {
  readonly test: (value: unknown) => boolean
  readonly repair?: (value: unknown) => unknown
  /** Whether a field that is not there stays away. */
  readonly optional?: true
}
type Rules = Readonly<Record<string, Rule>>

/** The same object if it keeps the rules, else one that does; what was replaced is kept as `misfit`. */
function conform(object: JsonObject, rules: Rules): JsonObject {
  let fixed: Record<string, unknown> | undefined
  const misfit: [string, unknown][] = []
  for (const [key, rule] of Object.entries(rules)) {
    const value = object[key]
    if (value === undefined ? rule.optional || !rule.repair : rule.test(value)) continue
    fixed ??= own(Object.entries(object))
    if (value !== undefined && value !== null) misfit.push([key, value])
    const repaired = value === null && rule.optional ? undefined : rule.repair?.(value)
    if (repaired === undefined) delete fixed[key]
    else fixed[key] = repaired
  }
  return fixed ? keep(fixed, { misfit: misfit.length > 0 ? own(misfit) : undefined }) : object
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTrueOrFalse = (value: unknown) => typeof value === 'boolean'
const isNumber = (value: unknown): value is number => numberOf(value) !== null
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isMaybe = (test: (value: unknown) => boolean) => (value: unknown) => value === undefined || test(value)
const isListOf = (test: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(test)
const has = (tests: Readonly<Record<string, (value: unknown) => boolean>>) => {
  const fields = Object.entries(tests)
  return (value: unknown) => isObject(value) && fields.every(([key, test]) => test(value[key]))
}
const startsWith = (prefix: string) => (value: unknown) => isText(value) && value.startsWith(prefix)

/** The number that is meant, as far as OpenCode can count. */
export const count = (value: unknown): number => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(numberOf(value) ?? 0)))
const finite = (value: unknown) => numberOf(value) ?? 0

const text = (fallback: string): Rule => ({ test: isText, repair: () => fallback })
const id = (prefix: 'ses' | 'msg' | 'prt'): Rule => ({
  test: startsWith(prefix),
  repair: (value) => withPrefix(prefix, textOf(value) ?? ''),
})
const only = (test: (value: unknown) => boolean): Rule => ({ test })
const optionalText = only(isText)
const optionalRecord = only(isObject)

const isTokens = has({
  total: isMaybe(isNumber),
  input: isNumber,
  output: isNumber,
  reasoning: isNumber,
  cache: has({ read: isNumber, write: isNumber }),
})
const tokensOf = (value: unknown) => {
  const { input, output, reasoning, cache } = objectOf(value)
  const { read, write } = objectOf(cache)
  return {
    input: finite(input),
    output: finite(output),
    reasoning: finite(reasoning),
    cache: { read: finite(read), write: finite(write) },
  }
}

const isDiff = has({
  file: isMaybe(isText),
  patch: isMaybe(isText),
  additions: isNumber,
  deletions: isNumber,
  status: isMaybe((value) => value === 'added' || value === 'deleted' || value === 'modified'),
})
const diffOf = (value: unknown): JsonObject => {
  const { file, patch, additions, deletions, status } = objectOf(value)
  return {
    ...objectOf(value),
    file: textOf(file) ?? undefined,
    patch: textOf(patch) ?? undefined,
    additions: finite(additions),
    deletions: finite(deletions),
    status: isDiff({ additions: 0, deletions: 0, status }) ? status : undefined,
  }
}
const diffsOf = (value: unknown) =>
  listOf(value)
    .filter(isObject)
    .map((item) => (isDiff(item) ? item : diffOf(item)))

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

const isAPIError = has({
  message: isText,
  statusCode: isMaybe(isCount),
  isRetryable: isTrueOrFalse,
  responseBody: isMaybe(isText),
  responseHeaders: isMaybe((value) => isObject(value) && Object.values(value).every(isText)),
  metadata: isMaybe((value) => isObject(value) && Object.values(value).every(isText)),
})
const errors: Readonly<Record<string, (data: unknown) => boolean>> = {
  ProviderAuthError: has({ providerID: isText, message: isText }),
  UnknownError: has({ message: isText, ref: isMaybe(isText) }),
  MessageOutputLengthError: isObject,
  MessageAbortedError: has({ message: isText }),
  StructuredOutputError: has({ message: isText, retries: isCount }),
  ContextOverflowError: has({ message: isText, responseBody: isMaybe(isText) }),
  ContentFilterError: has({ message: isText }),
  APIError: isAPIError,
}
const isError = (value: unknown) =>
  isObject(value) && isText(value.name) && Object.hasOwn(errors, value.name) && errors[value.name]!(value.data)

function errorOf(value: unknown): JsonObject {
  const { name, data, message } = objectOf(value)
  // 0.1 to 1.0 let an aborted message have no data.
  const reason = textOf(objectOf(data).message) ?? textOf(message)
  if (name === 'MessageAbortedError') return { name, data: { message: reason ?? '' } }
  return { name: 'UnknownError', data: { message: reason ?? textOf(name) ?? textOf(value) ?? '' } }
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

const isSpan = has({ start: isCount, end: isMaybe(isCount) })
const isWholeSpan = has({ start: isCount, end: isCount })
const isMention = { value: isText, start: isNumber, end: isNumber }

function isSource(value: unknown): boolean {
  if (!isObject(value) || !has(isMention)(value.text)) return false
  if (value.type === 'resource') return isText(value.clientName) && isText(value.uri)
  if (value.type === 'file') return isText(value.path)
  const point = has({ line: isCount, character: isCount })
  return (
    value.type === 'symbol' && has({ path: isText, name: isText, kind: isCount, range: has({ start: point, end: point }) })(value)
  )
}

const textRules: Rules = {
  text: text(''),
  synthetic: only(isTrueOrFalse),
  ignored: only(isTrueOrFalse),
  time: only(isSpan),
  metadata: optionalRecord,
}

/** Rules by part type. Times that are missing are those of the message. */
const partRules = (created: number): Readonly<Record<string, Rules>> => {
  const span: Rule = { test: isSpan, repair: (value) => spanOf(value, created) }
  return {
    text: textRules,
    reasoning: { text: text(''), metadata: optionalRecord, time: span },
    file: { mime: text('application/octet-stream'), filename: optionalText, url: text(''), source: only(isSource) },
    tool: {
      callID: text(''),
      tool: text('unknown'),
      state: {
        test: (value) => isObject(value) && conformState(value, created) === value,
        repair: (value) => conformState(value, created),
      },
      metadata: optionalRecord,
    },
    'step-start': { snapshot: optionalText },
    'step-finish': {
      reason: text('unknown'), // before 1.0
      snapshot: optionalText,
      cost: { test: isNumber, repair: finite },
      tokens: { test: isTokens, repair: tokensOf },
    },
    snapshot: { snapshot: text('') },
    patch: { hash: text(''), files: { test: isListOf(isText), repair: (value) => listOf(value).filter(isText) } },
    agent: { name: text('unknown'), source: only(has({ value: isText, start: isCount, end: isCount })) },
    subtask: {
      prompt: text(''),
      description: text(''),
      agent: text('general'),
      command: optionalText,
      model: only(has({ providerID: isText, modelID: isText })),
    },
    retry: {
      attempt: { test: isCount, repair: count },
      error: {
        test: has({ name: (value) => value === 'APIError', data: isAPIError }),
        repair: (value) => ({ name: 'APIError', data: { message: objectOf(errorOf(value).data).message, isRetryable: true } }),
      },
      time: { test: has({ created: isCount }), repair: () => ({ created }) },
    },
    compaction: {
      auto: { test: isTrueOrFalse, repair: () => false },
      overflow: only(isTrueOrFalse),
      tail_start_id: only(startsWith('msg')),
    },
  }
}

function spanOf(value: unknown, created: number): JsonObject {
  const { start, end } = objectOf(value)
  return { start: start === undefined ? created : count(start), end: end === undefined ? undefined : count(end) }
}

/** The state of a tool. 0.5 and before write `{status: 'pending'}` alone. */
function conformState(value: unknown, created: number): JsonObject {
  const state = isObject(value) ? value : {}
  const input: Rule = { test: isObject, repair: (given) => (given === undefined ? {} : { input: given }) }
  const wholeSpan: Rule = {
    test: isWholeSpan,
    repair: (given) => {
      const { start, end } = spanOf(given, created)
      return { start, end: end ?? start }
    },
  }
  const outcome: Rules = { input, metadata: optionalRecord, time: wholeSpan }
  switch (state.status) {
    case 'pending':
      return conform(state, { input, raw: text('') })
    case 'running':
      return conform(state, {
        input,
        title: optionalText,
        metadata: optionalRecord,
        time: { test: isSpan, repair: (given) => spanOf(given, created) },
      })
    case 'completed': {
      const files = { test: isListOf(isFile), repair: (given: unknown) => listOf(given).filter(isFile) }
      const metadata = { test: isObject, repair: () => ({}) }
      const output = { test: isText, repair: (given: unknown) => (given === undefined ? '' : JSON.stringify(given)) }
      const time: Rule = { ...wholeSpan, test: has({ start: isCount, end: isCount, compacted: isMaybe(isCount) }) }
      return conform(state, { ...outcome, output, title: text(''), metadata, time, attachments: { ...files, optional: true } })
    }
    case 'error':
      return conform(state, { ...outcome, error: { test: isText, repair: (given) => textOf(objectOf(given).message) ?? '' } })
    default: {
      const error = `unknown state ${JSON.stringify(state.status ?? null)}`
      return keep(
        { status: 'error', input: isObject(state.input) ? state.input : {}, error, time: { start: created, end: created } },
        {
          misfit: { state: value },
        },
      )
    }
  }
}

const isFile = has({
  id: startsWith('prt'),
  sessionID: startsWith('ses'),
  messageID: startsWith('msg'),
  type: (value) => value === 'file',
  mime: isText,
  filename: isMaybe(isText),
  url: isText,
  source: isMaybe(isSource),
})

/**
 * A part that `opencode import` of 1.18.33 takes.
 * @param created of its message, ms since the epoch
 */
export function importablePart(part: JsonObject, created: number): JsonObject {
  const named = conform(part, { id: id('prt'), sessionID: id('ses'), messageID: id('msg') })
  const all = partRules(created)
  const rules = isText(part.type) && Object.hasOwn(all, part.type) ? all[part.type] : undefined
  if (rules) return conform(named, rules)
  // It would refuse a type that it does not know: the part rides along in a text that nobody sees.
  const { id: partID, sessionID, messageID } = named
  const hidden = { id: partID, sessionID, messageID, type: 'text', text: '', synthetic: true, ignored: true }
  return keep(hidden, { misfit: { part } })
}
