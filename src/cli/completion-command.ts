import { completionScript } from './completion.ts'
import { Output } from './terminal.ts'
import type { Verb } from './verb.ts'
import type { Shell } from './verbs/completion.ts'

/** `ocvault completion`. */
export async function completionCommand(shell: Shell, verbs: readonly Verb[]): Promise<void> {
  const out = new Output()
  await out.write(completionScript(shell, verbs))
  await out.flush()
}
