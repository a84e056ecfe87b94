import { useEffect, useState } from 'preact/hooks'

/** Something that changes, and tells those who look at it. */
export class Value<T> {
  #now: T
  readonly #listeners = new Set<(now: T) => void>()

  constructor(first: T) {
    this.#now = first
  }

  get now(): T {
    return this.#now
  }

  set(next: T): void {
    if (next === this.#now) return
    this.#now = next
    for (const listener of [...this.#listeners]) listener(next)
  }

  /** @returns what ends it */
  follow(listener: (now: T) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}

/** A value in a component, which is drawn again when it changes. */
export function useValue<T>(value: Value<T>): T {
  const [now, set] = useState(() => value.now)
  useEffect(() => {
    set(() => value.now)
    return value.follow((next) => set(() => next))
  }, [value])
  return now
}
