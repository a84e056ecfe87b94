import { isObject, type JsonObject, listOf, objectOf, textOf } from '../../base/json.ts'
import { keep } from '../kept.ts'
import { errorOf, isAPIError } from './errors.ts'
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
  optionalRecord,
  optionalText,
  type Rule,
  type Rules,
  startsWith,
  text,
} from './rule.ts'
import { isTokens, tokensOf } from './tokens.ts'

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
