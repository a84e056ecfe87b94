import { createContext, Script } from 'node:vm'

const sandbox: { task: () => unknown } = { task: () => undefined }
const context = createContext(sandbox)
const call = new Script('task()')

/** A watch costs 0.1 ms. Shorter texts are not watched: what takes the cube of their length is over in a moment. */
const watched = 500

/** What is left of the patience, from 1 to 1/32: whoever wrote one text that takes for ever may have written a thousand. */
let patience = 1

/**
 * What a function gives for a text, or undefined when it takes longer than so many ms, and sooner after others that did. Grammars
 * are regular expressions, and there is always one more text that makes one of them run for hours: nothing but `vm` ends that.
 */
export function bounded(text: string, ms: number, task: () => string): string | undefined {
  if (text.length < watched) return task()
  sandbox.task = task
  try {
    const result = call.runInContext(context, { timeout: Math.ceil(ms * patience) }) as string
    patience = Math.min(1, patience + 1 / 16)
    return result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    patience = Math.max(1 / 32, patience / 2)
    return undefined
  } finally {
    sandbox.task = () => undefined
  }
}
