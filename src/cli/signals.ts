import { removeUnfinished, watchUnfinished } from '../base/unfinished.ts'
import { exitCode } from './exit-code.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * From now on a signal that ends the program leaves nothing half-written behind. It is listened to only while there is
 * something: a command that only reads ends at once, whatever it is doing.
 */
export function removeUnfinishedOnSignals(): void {
  const interrupted = () => {
    removeUnfinished()
    process.exit(exitCode.interrupted)
  }
  let wanted = false
  const stop = () => {
    if (!wanted) for (const signal of signals) process.off(signal, interrupted)
  }
  watchUnfinished({
    begin: () => {
      wanted = true
      for (const signal of signals) if (!process.listeners(signal).includes(interrupted)) process.on(signal, interrupted)
    },
    end: () => {
      wanted = false
      // Two turns later: a signal that came while nothing was waited for is told in between.
      setImmediate(() => setImmediate(stop))
    },
  })
}
