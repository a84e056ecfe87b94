import { isObject, type JsonObject, listOf, objectOf, textOf } from '../../base/json.ts'
import { finite, has, isMaybe, isNumber, isText } from './rule.ts'

/** Whether the diff of one file is one that `opencode import` takes. */
export const isDiff = has({
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

/** Diffs in a shape that it takes; what is none is left out. */
export const diffsOf = (value: unknown) =>
  listOf(value)
    .filter(isObject)
    .map((item) => (isDiff(item) ? item : diffOf(item)))
