import type { Readable, Writable } from 'node:stream'
import { isCancel, log, type Option, select } from '@clack/prompts'
import { OcvaultError } from '../base/errors.ts'
import type { Finding } from '../redact/redact.ts'
import type { Ask } from '../redact/review.ts'
import { safeLine } from '../render/safe-text.ts'
import { count } from '../render/words.ts'

type Answer = Awaited<ReturnType<Ask>>

const placesShown = 3

/** Where a person is: a terminal. */
interface Terminal {
  readonly input: Readable
  readonly output: Writable
}

/**
 * Asks on a terminal what is to become of a secret. What is shown of it is masked.
 * @throws OcvaultError `refused` when the person gives up
 */
export async function askOnTerminal(
  finding: Finding,
  at: number,
  total: number,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<Answer> {
  const shown = finding.places.slice(0, placesShown).map(({ path, context }) => `${safeLine(path)}\n  ${safeLine(context)}`)
  const more = finding.count - shown.length
  const rest = more > 0 ? [`and at ${count(more, 'more place')}`] : []
  log.warn([`${finding.kind}, ${at + 1} of ${total}`, ...shown, ...rest].join('\n'), terminal)
  const answer = await select<Answer>({
    message: 'What is to become of it?',
    initialValue: 'redact',
    options: answers,
    ...terminal,
  })
  if (isCancel(answer)) throw new OcvaultError('refused', 'the review was not finished: nothing is written')
  return answer
}

const answers: Option<Answer>[] = [
  { value: 'redact', label: 'redact', hint: 'a placeholder takes its place everywhere' },
  { value: 'keep', label: 'keep', hint: 'this time' },
  { value: 'always', label: 'keep always', hint: 'by its hash, in .opencode/ocvault.json' },
  { value: 'all', label: 'redact all', hint: 'this one and all that follow' },
]
