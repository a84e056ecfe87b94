/** A hook that leaves everything as it was when it fails: OpenCode goes on without it. */
export function quietly<A extends readonly unknown[]>(hook: (...given: A) => Promise<void>): (...given: A) => Promise<void> {
  return async (...given) => {
    try {
      await hook(...given)
    } catch {
      // Nobody is helped by an error of what is only a help.
    }
  }
}
