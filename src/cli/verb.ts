import type { Flags, Given } from './flags.ts'

/** A word that stands without a flag. */
export interface Positional<T = unknown> {
  /** As help shows it: `<session>`, `[text...]`. */
  readonly name: string
  readonly about: string
  readonly choices?: readonly string[]
  /** The type of the value; there is nothing at run time. */
  readonly gives?: T
}

/** The words of a command, in order, as its handler gets them. */
type Words<A extends readonly Positional[]> = { [I in keyof A]: A[I] extends Positional<infer T> ? T : never }

export const one = (name: string, about: string): Positional<string> => ({ name: `<${name}>`, about })
export const maybe = (name: string, about: string): Positional<string | undefined> => ({ name: `[${name}]`, about })
export const several = (name: string, about: string): Positional<readonly string[]> => ({ name: `<${name}...>`, about })
export const anyNumber = (name: string, about: string): Positional<readonly string[]> => ({ name: `[${name}...]`, about })
export const oneOf = <const C extends string>(name: string, choices: readonly C[], about: string): Positional<C> => ({
  name: `<${name}>`,
  about,
  choices,
})

interface Row {
  readonly name: string
  readonly alias?: string
  readonly about: string
  /** Command lines, and what they are for. */
  readonly examples: readonly (readonly [line: string, what: string])[]
}

/** What a command is called, and what it takes. */
export interface Definition<F extends Flags, A extends readonly Positional[]> extends Row {
  readonly words: A
  readonly flags: F
}

/** A row of the table: the types of flags and words follow from what is said of them. */
export const verb = <F extends Flags, const A extends readonly Positional[] = readonly []>(
  row: Row & { readonly words?: A; readonly flags: F },
): Definition<F, A> => ({ ...row, words: row.words ?? ([] as unknown as A) })

/** A command as the program runs it. */
export interface Verb extends Definition<Flags, readonly Positional[]> {
  /** Loads the command's code, and runs it. */
  run(flags: Given<Flags>, ...words: readonly unknown[]): Promise<void>
}

/** Binds a row to what runs it, which gets flags and words as the row has them. */
export const runs = <F extends Flags, A extends readonly Positional[]>(
  row: Definition<F, A>,
  run: (flags: Given<F>, ...words: Words<A>) => Promise<void>,
): Verb => ({ ...row, run: run as Verb['run'] })
