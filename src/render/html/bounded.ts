import { createContext, Script } from 'node:vm'

const sandbox: { task: () => unknown } = { task: () => undefined }
const context = createContext(sandbox)
const call = new Script('task()')

/**
 * What a function gives, or undefined when it takes longer than so many ms. Grammars are regular expressions, and there is always one more
 * text that makes one of them run for hours: no limit of length helps against that, and nothing but `vm` ends it.
 */
export function bounded<T>(ms: number, task: () => T): T | undefined {
  sandbox.task = task
  try {
    return call.runInContext(context, { timeout: ms }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  } finally {
    sandbox.task = () => undefined
  }
}
