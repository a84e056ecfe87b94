import { textOf } from '../base/json.ts'
import { type QuestionName, questions } from '../memory/questions.ts'
import { Answerer } from './answerer.ts'
import { inputSchema } from './arguments.ts'
import { IdleBackup } from './backup.ts'
import { nudge } from './nudge.ts'
import { optionsOf } from './options.ts'
import { answering, backingUp, program } from './program.ts'
import { quietly } from './quietly.ts'

/** A request that is about to go to a model. */
interface Request {
  readonly sessionID: string
  readonly system: { text?: string }[]
}

/** What OpenCode 2.x hands to a plugin, as far as it is looked at (opencode.ai/v2/docs/build/plugins). */
interface Context {
  readonly options?: unknown
  readonly location?: { readonly directory?: string }
  readonly tool: { transform(change: (editor: { add(tool: object): void }) => void): Promise<unknown> }
  readonly session: { hook(name: string, hook: (event: Request) => Promise<void>): Promise<unknown> }
  readonly event?: { subscribe(given: { signal: AbortSignal }): AsyncIterable<{ readonly type: string }> }
}

/**
 * What runs when OpenCode 2.x loads the plugin.
 * @param words the program that answers; OpenCode names none
 * @returns what runs when it lets go of it
 */
export async function setup(ctx: Context, words = program()): Promise<() => void> {
  const options = optionsOf(ctx.options)
  const answerer = new Answerer(answering(words))
  const directory = ctx.location?.directory ?? process.cwd()
  // A preview has no such interface yet.
  await quietly(async () => {
    await ctx.tool.transform((editor) => {
      for (const name of Object.keys(questions) as QuestionName[]) editor.add(toolOf(name, answerer, directory))
    })
  })()
  const hook = quietly(async (name: string, change: (event: Request) => Promise<void>) => {
    await ctx.session.hook(name, quietly(change))
  })
  if (options.nudge) await hook('context', async ({ system }) => append(system, nudge))
  if (options.compaction) {
    await hook('compaction', async ({ system, sessionID }) =>
      append(system, await answerer.keepsake({ session: sessionID, directory })),
    )
  }
  const stop = new AbortController()
  const { backup: folder } = options
  const backup = folder === null ? null : new IdleBackup(() => backingUp(words, folder))
  if (backup) void quietly(() => watch(ctx, stop.signal, backup))()
  return () => {
    stop.abort()
    answerer.close()
    backup?.close()
  }
}

/** Into the first block: a second one is an error to strict servers. */
function append(system: { text?: string }[], text: string): void {
  const [first] = system
  if (text !== '' && first && typeof first.text === 'string') first.text += `\n\n${text}`
}

async function watch({ event }: Context, signal: AbortSignal, backup: IdleBackup): Promise<void> {
  for await (const { type } of event?.subscribe({ signal }) ?? []) {
    if (/^session\.(?:idle|execution\.(?:settled|succeeded|failed|interrupted))$/.test(type)) backup.idle()
  }
}

function toolOf(name: QuestionName, answerer: Answerer, directory: string): object {
  return {
    name,
    description: questions[name].about,
    input: inputSchema(questions[name].input),
    // As a tool of its own: what code calls, a model does not read.
    options: { codemode: false },
    execute: async (asked: unknown, running: { sessionID?: unknown; signal?: AbortSignal }) => ({
      content: await answerer.ask(name, asked, { session: textOf(running.sessionID) ?? '', directory, signal: running.signal }),
    }),
  }
}
