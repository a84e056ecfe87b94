import { type QuestionName, questions } from '../memory/questions.ts'
import { Answerer } from './answerer.ts'
import { argumentsOf } from './arguments.ts'
import { IdleBackup } from './backup.ts'
import { nudge } from './nudge.ts'
import { optionsOf } from './options.ts'
import { answering, backingUp, program } from './program.ts'
import { quietly } from './quietly.ts'

/** What OpenCode 1.x hands to a plugin, as far as it is looked at. */
interface Input {
  readonly directory: string
}

/** What it hands to a tool that runs. */
interface Running {
  readonly sessionID: string
  readonly directory?: string
  readonly abort?: AbortSignal
}

/**
 * The hooks of OpenCode 1.x (1.3.4 and later).
 * @param words the program that answers; OpenCode names none
 */
export async function server(input: Input, given?: unknown, words = program()) {
  const options = optionsOf(given)
  const answerer = new Answerer(answering(words))
  const { backup: folder } = options
  const backup = folder === null ? null : new IdleBackup(() => backingUp(words, folder))
  const { directory } = input
  return {
    tool: Object.fromEntries((Object.keys(questions) as QuestionName[]).map((name) => [name, toolOf(name, answerer, directory)])),

    'experimental.chat.system.transform': quietly(async ({ sessionID }: { sessionID?: string }, output: { system: string[] }) => {
      const [first] = output.system
      // Into the first block: a second one is an error to strict servers.
      if (options.nudge && sessionID !== undefined && first !== undefined) output.system[0] = `${first}\n\n${nudge}`
    }),

    'experimental.session.compacting': quietly(async ({ sessionID }: { sessionID: string }, output: { context: string[] }) => {
      const text = options.compaction ? await answerer.keepsake({ session: sessionID, directory }) : ''
      if (text !== '') output.context.push(text)
    }),

    event: quietly(async ({ event }: { event: { type: string } }) => {
      if (event.type === 'session.idle') backup?.idle()
    }),

    dispose: quietly(async () => {
      answerer.close()
      backup?.close()
    }),
  }
}

function toolOf(name: QuestionName, answerer: Answerer, directory: string) {
  return {
    description: questions[name].about,
    args: argumentsOf(questions[name].input),
    execute: (asked: unknown, running: Running): Promise<string> =>
      answerer.ask(name, asked, {
        session: running.sessionID,
        directory: running.directory ?? directory,
        signal: running.abort,
      }),
  }
}
