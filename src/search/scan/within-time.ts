import type * as vm from 'node:vm'
import { OcvaultError } from '../../base/errors.ts'

/** How many sessions are read between two looks at the clock. */
export const readTogether = 64

/** How long a person's regular expression may take for so many sessions. JavaScript's engine backtracks: it can take for ever. */
const regexLimitMs = 5000

/** Made with the first expression: a context costs more milliseconds than most of what a search does. */
let watched: { readonly sandbox: { run: () => void }; readonly script: vm.Script } | undefined

function watch(): NonNullable<typeof watched> {
  const { createContext, Script }: typeof vm = process.getBuiltinModule('node:vm')
  watched ??= { sandbox: createContext({ run: () => {} }) as { run: () => void }, script: new Script('run()') }
  return watched
}

/**
 * Runs until the time is over: V8 looks at its clock while an expression backtracks.
 * @throws OcvaultError `usage`
 */
export function withinTime(run: () => void): void {
  const { sandbox, script } = watch()
  sandbox.run = run
  try {
    script.runInContext(sandbox, { timeout: regexLimitMs })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    const reason = `the regular expression takes more than ${regexLimitMs / 1000} s for ${readTogether} sessions; make it simpler: nested repetitions like (a+)+ take for ever`
    throw new OcvaultError('usage', reason, { cause: error })
  }
}
