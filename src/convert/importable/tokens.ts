import { objectOf } from '../../base/json.ts'
import { finite, has, isMaybe, isNumber } from './rule.ts'

/** Whether a count of tokens is one that `opencode import` takes. */
export const isTokens = has({
  total: isMaybe(isNumber),
  input: isNumber,
  output: isNumber,
  reasoning: isNumber,
  cache: has({ read: isNumber, write: isNumber }),
})

/** What of such a count is there; nothing is 0. */
export const tokensOf = (value: unknown) => {
  const { input, output, reasoning, cache } = objectOf(value)
  const { read, write } = objectOf(cache)
  return {
    input: finite(input),
    output: finite(output),
    reasoning: finite(reasoning),
    cache: { read: finite(read), write: finite(write) },
  }
}
