import type * as v from 'valibot'
import type { Recall } from './memory.ts'
import { readInput, readOutput, readSession, readText } from './read-session.ts'
import { searchInput, searchOutput, searchSessions } from './search-sessions.ts'

type Schema = v.ObjectSchema<v.ObjectEntries, undefined>

/** A question that an agent may ask, whatever carries it: an MCP server, a plugin. */
export interface MemoryTool<I extends Schema = Schema, O extends Schema = Schema> {
  readonly name: string
  readonly title: string
  /** What it is for and, above all, when to ask: this is all that a model knows of it. */
  readonly description: string
  readonly input: I
  readonly output: O
  answer(recall: Recall, input: v.InferOutput<I>): Promise<v.InferOutput<O>>
  /** The answer as text, never longer than its JSON; default: its JSON. */
  text?(answer: v.InferOutput<O>): string
}

const tool = <I extends Schema, O extends Schema>(row: MemoryTool<I, O>) => row as unknown as MemoryTool

export const tools: readonly MemoryTool[] = [
  tool({
    name: 'search_sessions',
    title: 'Search earlier sessions',
    description:
      'Finds what was said and done in earlier OpenCode sessions on this machine. Call it before you start on anything that may have ' +
      'been worked on before, when the user refers to earlier work ("as last week", "why did we"), or before you ask the user for ' +
      'something that was perhaps decided already. Read a hit with read_session (id: its session, around: its message).',
    input: searchInput,
    output: searchOutput,
    answer: searchSessions,
  }),
  tool({
    name: 'read_session',
    title: 'Read an earlier session',
    description:
      'Reads an earlier session, turn by turn, a tool call in a line. Call it after a search, around the message that was found; or ' +
      'with last: 6 for how a session ended. It tells how many messages there are, and the cursor with which it goes on.',
    input: readInput,
    output: readOutput,
    answer: readSession,
    text: readText,
  }),
]
