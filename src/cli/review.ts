import type { Readable, Writable } from 'node:stream'
import { isCancel, log, note, type Option, select } from '@clack/prompts'
import { OcvaultError } from '../base/errors.ts'
import type { Finding } from '../redact/redact.ts'
import type { Answer, Question } from '../redact/review.ts'
import { safeLine } from '../render/safe-text.ts'
import { count } from '../render/words.ts'

const placesShown = 3
/** So many are listed before the first question; the rest is counted. */
const findingsListed = 20

/** Where a person is: a terminal. */
interface Terminal {
  readonly input: Readable
  readonly output: Writable
}

const here = (): Terminal => ({ input: process.stdin, output: process.stderr })

type Place = Finding['places'][number]

/** Where a secret stands, as the person would say it who was there. */
const placeOf = ({ where, path }: Place) => safeLine(where ?? path)

/** All that there is to decide, before the first question. What is shown of a secret is masked. */
export function showFindings(findings: readonly Finding[], { output } = here()): void {
  const lines = findings.slice(0, findingsListed).map(({ kind, masked, places, count: times }, index) => {
    const first = places[0] ? `, ${placeOf(places[0])}` : ''
    return `${index + 1}. ${kind} ${safeLine(masked)}${first}${times > 1 ? ` and ${count(times - 1, 'more place')}` : ''}`
  })
  if (findings.length > findingsListed) lines.push(`and ${findings.length - findingsListed} more`)
  note(lines.join('\n'), `${count(findings.length, 'secret')} in this session`, { output })
}

/**
 * Asks on a terminal what is to become of a secret. What is shown of it is masked.
 * @throws OcvaultError `refused` when the person gives up
 */
export async function askOnTerminal(question: Question, terminal = here()): Promise<Answer> {
  const { finding, at, total, before } = question
  const shown = finding.places.slice(0, placesShown).map((place) => `${placeOf(place)}\n  ${safeLine(place.context)}`)
  const more = finding.count - shown.length
  const rest = more > 0 ? [`and at ${count(more, 'more place')}`] : []
  log.warn([`${finding.kind}, ${at + 1} of ${total}`, ...shown, ...rest].join('\n'), terminal)
  const answer = await select<Answer>({
    message: 'What is to become of it?',
    initialValue: before ?? 'redact',
    options: answersTo(question),
    ...terminal,
  })
  if (isCancel(answer)) throw new OcvaultError('refused', 'the review was not finished: nothing is written')
  return answer
}

function answersTo({ finding: { kind }, at, total, ofKind }: Question): Option<Answer>[] {
  const left = total - at
  return [
    { value: 'redact', label: 'redact', hint: 'a placeholder takes its place everywhere' },
    { value: 'keep', label: 'keep', hint: 'this time' },
    { value: 'always', label: 'keep always', hint: 'by its hash, in .opencode/ocvault.json' },
    ...(ofKind > 1
      ? [{ value: 'kind' as const, label: `redact every ${kind}`, hint: `${ofKind} of the ${left} that are left` }]
      : []),
    ...(left > 1 ? [{ value: 'all' as const, label: 'redact all', hint: 'this one and all that follow' }] : []),
    ...(at > 0 ? [{ value: 'back' as const, label: 'go back', hint: 'to the one before' }] : []),
  ]
}
