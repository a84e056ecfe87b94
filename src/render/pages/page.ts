import type { FilePart, Message, Part, StepPart } from '../../conversation/message.ts'
import type { Tokens } from '../../stores/store.ts'
import type { sessionJSON } from '../json/session-json.ts'
import { safeLine } from '../safe-text.ts'
import { count, duration, fileSize, money, tokenCount } from '../words.ts'

/** What a reading page shows. Everything streams: each iterable is walked once, in order, and only as far as the page has been written. */
export interface Page {
  readonly session: ReturnType<typeof sessionJSON>
  readonly messages: Iterable<Message>
  /** Empty unless asked for. Each follows the transcript of its parent. */
  readonly subagents: Iterable<Page>
}

/** Words that the reading pages share. They say the same on every machine: times in UTC, no home directory, no time of writing. */

/** `2026-11-21T05:52:03Z`; null for a number that is no time. */
export function isoTime(ms: number | null): string | null {
  if (ms === null || Number.isNaN(new Date(ms).getTime())) return null
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Who speaks: `You`, `OpenCode`, or the agent's name. */
export function speakerOf(message: Message): string {
  if (message.role === 'system' || message.kind === 'synthetic') return 'OpenCode'
  return message.role === 'user' ? 'You' : safeLine(message.agent ?? '') || 'assistant'
}

/** What sets a message apart from a prompt and its answer. */
export function labelsOf(message: Message): string[] {
  const { kind, reverted, interrupted } = message
  const told = kind === 'prompt' || kind === 'answer' || kind === speakerOf(message) ? [] : [kind]
  return [...told, ...(reverted ? ['reverted'] : []), ...(interrupted ? ['interrupted'] : [])]
}

/** `anthropic/claude-sonnet-4-5` of an answer, else nothing. */
export function modelOf({ role, model }: Message): string {
  return role === 'assistant' && model !== null ? safeLine(`${model.providerID}/${model.modelID}`) : ''
}

/** How long an answer took, if that is worth saying. */
export function tookOf({ time: { created, completed } }: Message): string {
  return created !== null && completed !== null && completed - created >= 1000 ? duration(completed - created) : ''
}

/** Why a message failed; an interruption has its label already. */
export function failureOf({ error, interrupted }: Message): string {
  if (error === null || (interrupted && error.name === 'MessageAbortedError')) return ''
  return [error.name, error.message].filter(Boolean).join(': ')
}

/** A round trip to the model, whose beginning and end are two parts. */
export interface Step {
  readonly type: 'round'
  readonly start: StepPart | null
  readonly finish: StepPart | null
}

/** A message's parts as a reader meets them: the two ends of a step are one item, where the step ended. */
export function itemsOf({ parts }: Message): (Exclude<Part, StepPart> | Step)[] {
  const items: (Exclude<Part, StepPart> | Step)[] = []
  let start: StepPart | null = null
  for (const part of parts) {
    if (part.type !== 'step') items.push(part)
    else if (part.phase === 'finish') {
      items.push({ type: 'round', start, finish: part })
      start = null
    } else {
      if (start !== null) items.push({ type: 'round', start, finish: null })
      start = part
    }
  }
  if (start !== null) items.push({ type: 'round', start, finish: null })
  return items
}

/** `step: tool-calls · 1,200 tokens in, 30 out · $0.01 · snapshot 6ab4fd11`. */
export function stepWords({ start, finish }: Step): string {
  const snapshots = [start?.snapshot, finish?.snapshot].flatMap((hash) => hash?.slice(0, 8) ?? [])
  return [
    finish === null ? 'step: did not finish' : `step: ${finish.reason ?? 'finished'}`,
    ...usageWords(finish?.tokens ?? null, finish?.cost ?? null),
    snapshots.length === 0 ? '' : `snapshot ${[...new Set(snapshots)].join(' → ')}`,
  ]
    .map(safeLine)
    .filter(Boolean)
    .join(' · ')
}

/** What a whole message used, where no step of its own says it (2.x). */
export function messageUsage(message: Message): string {
  if (message.parts.some((part) => part.type === 'step' && part.tokens !== null)) return ''
  return usageWords(message.tokens, message.cost).join(' · ')
}

function usageWords(tokens: Tokens | null, cost: number | null): string[] {
  const counted = tokens !== null && tokens.input + tokens.output + tokens.cache.read + tokens.cache.write > 0
  return [...(counted ? [tokenCount(tokens)] : []), ...(cost !== null && cost > 0 ? [money(cost)] : [])]
}

/** `diagram.png (image/png, 12.3 kB)`: a file's name, kind, and its size where its data is stored with it, else where it was. */
export function fileWords({ filename, mime, url }: FilePart): { name: string; facts: string } {
  const inline = url !== null && /^data:/i.test(url)
  const bytes = inline ? dataBytes(url) : null
  const name = safeLine(filename ?? (inline ? '' : (url ?? ''))) || 'file'
  const source = bytes === null ? safeLine(url ?? '') : fileSize(bytes)
  return { name, facts: [safeLine(mime ?? ''), source === name ? '' : source].filter(Boolean).join(', ') }
}

/** About how many bytes a `data:` URL holds. */
function dataBytes(url: string): number {
  const comma = url.indexOf(',')
  const data = comma === -1 ? 0 : url.length - comma - 1
  if (!/;base64$/i.test(url.slice(0, comma))) return data
  const padding = url.endsWith('==') ? 2 : url.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor((data * 3) / 4) - padding)
}

/** The facts of a session that stand above its transcript, those that it has. */
export function sessionFacts(session: Page['session']): [name: string, value: string][] {
  const { id, parentID, directory, projectID, agent, model, version, time, share, cost, tokens, subagents } = session
  const facts: [string, string | null][] = [
    ['session', id],
    ['subagent of', parentID],
    ['directory', directory],
    ['project', projectID],
    ['agent', agent],
    ['model', model === null ? null : `${model.providerID}/${model.modelID}`],
    ['OpenCode', version],
    ['created', isoTime(time.created)],
    ['updated', isoTime(time.updated)],
    ['archived', isoTime(time.archived)],
    ['used', usageWords(tokens, cost).join(' · ')],
    ['subagents', subagents === 0 ? null : count(subagents, 'session')],
    ['shared at', share],
  ]
  return facts.flatMap(([name, value]) => (value === null || safeLine(value) === '' ? [] : [[name, safeLine(value)]]))
}
