import { isCancel, log, select } from '@clack/prompts'
import { safeLine } from '../render/safe-text.ts'
import type { Answer, Ask } from '../share/redact/review.ts'
import { OcvaultError } from '../stores/errors.ts'

const placesShown = 3

/**
 * Asks on the terminal what is to become of a secret. What is shown of it is masked.
 * @throws OcvaultError `refused` when the person gives up
 */
export const askOnTerminal: Ask = async (finding, at, total) => {
  const shown = finding.places.slice(0, placesShown).map(({ path, context }) => `${safeLine(path)}\n  ${safeLine(context)}`)
  const more = finding.count - shown.length
  log.warn([`${finding.kind} ${at + 1} of ${total}`, ...shown, ...(more > 0 ? [`and at ${more} more places`] : [])].join('\n'))
  const answer = await select<Answer>({
    message: 'What is to become of it?',
    initialValue: 'redact',
    options: [
      { value: 'redact', label: 'redact', hint: 'a placeholder takes its place everywhere' },
      { value: 'keep', label: 'keep', hint: 'this time' },
      { value: 'always', label: 'keep always', hint: 'by its hash, in .opencode/ocvault.json' },
      { value: 'all', label: 'redact all', hint: 'this one and all that follow' },
    ],
  })
  if (isCancel(answer)) throw new OcvaultError('refused', 'the review was not finished: nothing is written')
  return answer
}
