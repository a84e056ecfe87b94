import * as v from 'valibot'
import { keys } from '../stats/key-names.ts'

/**
 * What agents may ask, in the words that a model reads, and the shape of each answer. Nothing that answers is loaded with this
 * file: OpenCode's own process reads it, too.
 */

const text = (about: string) => v.optional(v.pipe(v.string(), v.description(about)))
const flag = (about: string) => v.optional(v.pipe(v.boolean(), v.description(about)))
const whole = (about: string, least: number, most: number, fallback: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.description(`${about}; default ${fallback}`)),
    fallback,
  )
const ordinal = (about: string) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.description(about)))

const project = text('A directory: only sessions of its project. Default: all, those of this directory first')
const since = text('Updated at or after: 2026-08-01, today, yesterday, 7d, 36h')
const until = text('Updated before')
const cursor = text('"next" of the answer before, with all else the same')
const includeActive = flag('Also sessions of the last ten minutes, one of which is likely this one')
const limit = (fallback: number) => whole('At most so many', 1, 10, fallback)

const searchInput = v.object({
  query: v.pipe(
    v.string(),
    v.description(
      'A question or words. Also "a phrase", -word, a OR b, prefix*, and filters like role:user, tool:bash, since:30d',
    ),
  ),
  project,
  since,
  until,
  role: v.optional(v.pipe(v.picklist(['user', 'assistant', 'system']), v.description('Only in what this side said'))),
  tool: text('Only in calls of this tool: bash, edit, …'),
  path: text('Only sessions that touched this file or folder'),
  limit: limit(5),
  cursor,
  includeActive,
})

/** What every answer says of a session. */
const session = { session: v.string(), title: v.string(), when: v.string(), project: v.string() }

const searchOutput = v.object({
  notice: v.string(),
  tier: v.string(),
  total: v.number(),
  capped: v.boolean(),
  hits: v.array(
    v.object({
      ...session,
      message: v.nullable(v.string()),
      range: v.nullable(v.tuple([v.string(), v.string()])),
      snippet: v.string(),
      why: v.string(),
    }),
  ),
  instead: v.nullable(v.string()),
  next: v.nullable(v.string()),
})

const readInput = v.object({
  id: v.pipe(v.string(), v.description('A session’s id, the beginning of one, or latest')),
  around: text('A message’s id, as a search gives it: start just before it'),
  last: ordinal('Only the last so many messages: how it ended'),
  from: ordinal('Start at this message, counted from 1'),
  maxChars: whole('Length of the answer', 1000, 100_000, 8000),
  include: v.optional(
    v.pipe(
      v.array(v.picklist(['tools', 'reasoning'])),
      v.description('Also what tools were given and gave, or what the model thought'),
    ),
    [],
  ),
  cursor,
})

const readOutput = v.object({
  notice: v.string(),
  ...session,
  parent: v.nullable(v.string()),
  total: v.number(),
  turns: v.array(v.object({ n: v.number(), message: v.string(), who: v.string(), when: v.string(), text: v.string() })),
  next: v.nullable(v.string()),
})

const fileInput = v.object({
  path: v.pipe(v.string(), v.nonEmpty(), v.description('A file or folder: whole, or the end of its path')),
  project,
  limit: limit(5),
  includeActive,
})

const fileOutput = v.object({
  notice: v.string(),
  total: v.number(),
  capped: v.boolean(),
  hits: v.array(
    v.object({
      ...session,
      changed: v.number(),
      read: v.number(),
      calls: v.array(
        v.object({
          message: v.string(),
          when: v.string(),
          how: v.picklist(['changed', 'read', 'looked', 'ran']),
          call: v.string(),
        }),
      ),
    }),
  ),
})

const errorInput = v.object({
  text: v.pipe(v.string(), v.description('The error as it was printed: as much of it as there is')),
  project,
  limit: limit(3),
  includeActive,
})

const errorOutput = v.object({
  notice: v.string(),
  total: v.number(),
  hits: v.array(
    v.object({
      ...session,
      message: v.string(),
      call: v.string(),
      error: v.string(),
      likeness: v.number(),
      fix: v.nullable(v.object({ message: v.string(), steps: v.array(v.string()), call: v.string(), said: v.string() })),
    }),
  ),
})

const statsInput = v.object({
  by: v.optional(v.pipe(v.picklist(keys), v.description('What rows are told apart by; default: no rows, totals alone'))),
  since,
  until,
  project: text('A directory: only sessions of its project. Default: all'),
  limit: whole('At most so many rows', 1, 30, 10),
})

const figures = {
  sessions: v.number(),
  messages: v.number(),
  prompts: v.number(),
  answers: v.number(),
  calls: v.number(),
  failures: v.number(),
  tokens: v.object({ input: v.number(), output: v.number(), cacheRead: v.number(), cacheWrite: v.number() }),
  cost: v.number(),
  estimatedCost: v.number(),
  activeMinutes: v.number(),
}

const statsOutput = v.object({
  notice: v.string(),
  total: v.object(figures),
  rows: v.array(v.object({ key: v.nullable(v.string()), label: v.nullable(v.string()), ...figures })),
  capped: v.boolean(),
})

/** Every question by its name. */
export const questions = {
  search_sessions: {
    title: 'Search earlier sessions',
    about:
      'Finds what was said and done in earlier OpenCode sessions on this machine. Call it before you start on anything that may ' +
      'have been worked on before, when the user refers to earlier work ("as last week", "why did we"), or before you ask the ' +
      'user for something that was perhaps decided already. Read a hit with read_session (id: its session, around: its message).',
    input: searchInput,
    output: searchOutput,
  },
  read_session: {
    title: 'Read an earlier session',
    about:
      'Reads an earlier session, turn by turn, a tool call in a line. Call it after a search, around the message that was found; ' +
      'or with last: 6 for how a session ended. It tells how many messages there are, and the cursor with which it goes on.',
    input: readInput,
    output: readOutput,
  },
  file_history: {
    title: 'What was done with a file before',
    about:
      'Tells which earlier sessions read or changed a file or folder, and by which calls. Call it before you change code whose ' +
      'reasons you do not know; then read around the message that changed it, to learn why.',
    input: fileInput,
    output: fileOutput,
  },
  error_history: {
    title: 'How an error was solved before',
    about:
      'Finds earlier sessions in which such an error was printed, and what made it go away: the changes before the next such ' +
      'call that succeeded. Call it with the text of any error that you do not understand at once, before you try things.',
    input: errorInput,
    output: errorOutput,
  },
  session_stats: {
    title: 'What sessions used',
    about:
      'Counts sessions, messages, tool calls, tokens and cost in US dollars, in all or by model, day, project, tool and so on. ' +
      'Call it when the user asks what was used, spent or done; not to find sessions.',
    input: statsInput,
    output: statsOutput,
  },
} as const

export type QuestionName = keyof typeof questions

/** What is asked, as it was checked: what has a default has a value. */
export type Asked<Q extends QuestionName> = v.InferOutput<(typeof questions)[Q]['input']>

export type Answer<Q extends QuestionName> = v.InferOutput<(typeof questions)[Q]['output']>
