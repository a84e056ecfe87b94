import { isObject, type JsonObject, objectOf, textOf } from '../../base/json.ts'
import { has, isCount, isMaybe, isText, isTrueOrFalse } from './rule.ts'

/** Whether the data of an API error is what 1.18.33 takes. */
export const isAPIError = has({
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
/** Whether an error is one that it knows, with the data that goes with it. */
export const isError = (value: unknown) =>
  isObject(value) && isText(value.name) && Object.hasOwn(errors, value.name) && errors[value.name]!(value.data)

/** An error in the words of one that it knows; its message stays. */
export function errorOf(value: unknown): JsonObject {
  const { name, data, message } = objectOf(value)
  // 0.1 to 1.0 let an aborted message have no data.
  const reason = textOf(objectOf(data).message) ?? textOf(message)
  if (name === 'MessageAbortedError') return { name, data: { message: reason ?? '' } }
  return { name: 'UnknownError', data: { message: reason ?? textOf(name) ?? textOf(value) ?? '' } }
}
