import type * as v from 'valibot'
import { errorHistory, errorInput, errorOutput } from './errors/error-history.ts'
import { fileHistory, fileInput, fileOutput } from './file-history.ts'
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
  tool({
    name: 'file_history',
    title: 'What was done with a file before',
    description:
      'Tells which earlier sessions read or changed a file or folder, and by which calls. Call it before you change code whose ' +
      'reasons you do not know; then read around the message that changed it, to learn why.',
    input: fileInput,
    output: fileOutput,
    answer: fileHistory,
  }),
  tool({
    name: 'error_history',
    title: 'How an error was solved before',
    description:
      'Finds earlier sessions in which such an error was printed, and what made it go away: the changes before the next such call ' +
      'that succeeded. Call it with the text of any error that you do not understand at once, before you try things.',
    input: errorInput,
    output: errorOutput,
    answer: errorHistory,
  }),
]
