import type { FoundStore } from './discover.ts'

/**
 * Does work that reads every store as it is at one moment: short, because OpenCode's log grows meanwhile.
 * @throws StoreChanged when it could not be so; and what the work throws
 */
export async function held<T>(stores: readonly FoundStore[], work: () => T | Promise<T>): Promise<T> {
  const release = hold(stores)
  let result: T
  try {
    result = await work()
  } catch (error) {
    try {
      release()
    } catch {
      // What went wrong first says more.
    }
    throw error
  }
  release()
  return result
}

function hold(stores: readonly FoundStore[]): () => void {
  const holds: (() => void)[] = []
  const release = () => {
    let failure: unknown
    for (const end of holds.splice(0)) {
      try {
        end()
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }
  try {
    for (const { store } of stores) holds.push(store.hold())
  } catch (error) {
    release()
    throw error
  }
  return release
}
