import type { Hint } from './errors.ts'

/** A place that could not be read or written, why, and what can be done. */
export interface Failure {
  readonly path: string
  readonly reason: string
  readonly hint?: Hint
}

/** Something that could not be read, or is not ours to read. */
export interface Problem extends Failure {
  /**
   * `unreadable` data is missing from the answer; of `long` data the beginning was read, and what copies it takes all; `foreign`
   * data was written by another program and is left alone; `away` is a place that is remembered, and not there today or locked.
   */
  readonly kind: 'unreadable' | 'long' | 'foreign' | 'away'
}

/** A text that two problems share only when they are the same. */
export const nameOfProblem = ({ path, reason }: Failure): string => `${path}\0${reason}`

/** Collects problems, each named once however often a reader comes across it. */
export class ProblemLog {
  readonly #problems = new Map<string, Problem>()

  add(path: string, reason: string, kind: Problem['kind'] = 'unreadable'): void {
    const key = nameOfProblem({ path, reason })
    if (!this.#problems.has(key)) this.#problems.set(key, { path, reason, kind })
  }

  all(): readonly Problem[] {
    return [...this.#problems.values()]
  }
}
