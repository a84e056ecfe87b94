import { readFileSync } from 'node:fs'
import type { Dialogue, Labelled } from './dialogue.ts'

interface Turn {
  readonly speaker: string
  readonly dia_id: string
  readonly text: string
  readonly blip_caption?: string
}

interface Sample {
  readonly sample_id: string
  readonly conversation: Readonly<Record<string, string | readonly Turn[]>>
  readonly qa: readonly { readonly question: string; readonly evidence?: readonly string[]; readonly category: number }[]
}

/** A store of its own, with the questions that are asked of it. */
export interface Bench {
  readonly name: string
  readonly dialogues: readonly Dialogue[]
  readonly queries: readonly Labelled[]
}

const categories = ['', 'several hops', 'time', 'open domain', 'one hop', 'adversarial']

/**
 * LoCoMo (Maharana et al., ACL 2024): each dialogue a store, each of its sessions a session, each turn a message that says who
 * speaks and what picture is shown, as the authors' own retrieval has it. A question is answered by a session with one of its
 * evidence turns. Questions without evidence are left out.
 */
export function locomo(path: string): Bench[] {
  const samples = JSON.parse(readFileSync(path, 'utf8')) as Sample[]
  return samples.map(({ sample_id, conversation, qa }) => {
    const first = String(conversation.speaker_a)
    const idOf = (session: string) => `ses_${sample_id.replace(/\W/g, '')}x${session}`
    const dialogues = Object.entries(conversation).flatMap(([key, turns]): Dialogue[] => {
      const number = /^session_(\d+)$/.exec(key)?.[1]
      if (number === undefined || typeof turns === 'string') return []
      const messages = turns.map(({ speaker, text, blip_caption }) => ({
        role: speaker === first ? ('user' as const) : ('assistant' as const),
        parts: [{ text: `${speaker}: ${text}${blip_caption ? `\n(shows ${blip_caption})` : ''}` }],
      }))
      const date = String(conversation[`${key}_date_time`])
        .replace(/^(.*?) on (.*)$/, '$2 $1')
        .replace(/([ap]m)$/, ' $1')
      return [{ id: idOf(number), title: '', updated: Date.parse(date) || Number(number) * 86_400_000, messages }]
    })
    const queries = qa.flatMap(({ question, evidence = [], category }): Labelled[] => {
      const right = [...new Set(evidence.flatMap((turn) => [...turn.matchAll(/D(\d+):/g)].map((match) => idOf(match[1]!))))]
      return right.length > 0 ? [{ query: question, right, kind: categories[category]! }] : []
    })
    return { name: sample_id, dialogues, queries }
  })
}
