/**
 * The turn that a message belongs to: from the message of the user before it, or itself, to the last one before the next of the
 * user. So a reader gets the question and its answer.
 * @param roles of a session's messages, in their order. Not their kinds: who reads for a word does not read every part, and what
 *   a message of the user is hangs on its parts
 * @returns the numbers of the first and of the last message
 */
export function turnAround(roles: readonly string[], at: number): readonly [first: number, last: number] {
  let first = at
  while (first > 0 && roles[first] !== 'user') first--
  let last = at
  while (last + 1 < roles.length && roles[last + 1] !== 'user') last++
  return [first, last]
}
