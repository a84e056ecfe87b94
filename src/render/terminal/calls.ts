import { safeLine } from '../safe-text.ts'
import { count } from '../words.ts'
import type { Style } from './style.ts'

/** The last ones of so many are shown. */
const shown = 6

interface Call {
  readonly sessionID: string
  readonly messageID: string
  readonly how: string
  readonly call: string
}

/** With which calls a session touched a file, a line each. */
export function renderCalls(calls: readonly Call[], style: Style): string {
  const lines = calls
    .slice(-shown)
    .map(
      ({ sessionID, messageID, how, call }) =>
        `  ${how}: ${safeLine(call)}  ${style.dim(safeLine(`${sessionID}/${messageID}`))}\n`,
    )
  const before = calls.length > shown ? [`  ${style.dim(count(calls.length - shown, 'earlier call'))}\n`] : []
  return [...before, ...lines].join('')
}
