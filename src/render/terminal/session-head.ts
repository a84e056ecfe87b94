import type { Session } from '../../stores/catalog/catalog.ts'
import { wrap } from '../layout.ts'
import { safeLine } from '../safe-text.ts'
import { clock, count, dateTime, day, money, shortPath, titleOf, tokenCount } from '../words.ts'
import { keptWords, sessionLine } from './session-list.ts'
import type { Style } from './style.ts'

interface HeadLayout {
  readonly style: Style
  readonly width: number
}

/** What to know of a session before reading it. */
export function sessionHead(session: Session, { style, width }: HeadLayout, indent = ''): string {
  const { time, agent, model, version, tokens, cost, directory, share, revert } = session
  const end = day(time.created) === day(time.updated) ? clock(time.updated) : dateTime(time.updated)
  const facts = [
    [safeLine(session.id), directory === null ? '' : shortPath(directory)],
    [
      `${dateTime(time.created)} → ${end}`,
      safeLine(agent ?? ''),
      model === null ? '' : safeLine(`${model.providerID}/${model.modelID}`),
      version === null ? '' : `OpenCode ${safeLine(version)}`,
    ],
    [
      tokens === null || tokens.input + tokens.output === 0 ? '' : tokenCount(tokens),
      cost === null || cost === 0 ? '' : money(cost),
    ],
  ]
  const lines = facts.map((line) => line.filter(Boolean).join(' · ')).filter(Boolean)
  const remarks = [
    session.kept === undefined ? '' : keptWords(session.kept),
    time.archived === null ? '' : `archived ${dateTime(time.archived)}`,
    revert === null ? '' : 'rolled back: the messages marked [reverted] are hidden in OpenCode',
    session.subagents === 0 ? '' : count(session.subagents, 'subagent'),
    ...session.copies
      .slice(1)
      .map(
        (copy) =>
          `also in ${shortPath(copy.path)} (${copy.store}, ${copy.updated === time.updated ? 'the same time' : dateTime(copy.updated)})`,
      ),
    share === null ? '' : `shared at ${safeLine(share)}`,
  ].filter(Boolean)
  const text = [style.bold(titleOf(session)), ...lines.map(style.dim), ...remarks.map(style.warn)]
  return `${text.map((line) => wrap(line, width, indent)).join('\n')}\n`
}

/**
 * The sessions that a session started, to read on.
 * @param advice how to see them where they were started
 */
export function subagentList(children: readonly Session[], advice: string, { style, width }: HeadLayout): string {
  const lines = children.map((child) => sessionLine(child, 0, { style, width, directories: false }))
  return `\n${style.bold('Subagents')} ${style.dim(`(${advice})`)}\n${lines.join('\n')}\n`
}
