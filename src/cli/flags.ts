/**
 * What a flag is. A command's flags are one literal, `{ dryRun: on('…') }`: the key is the name (`--dry-run`) and the name of the
 * value, so that neither can change without the other; help, completion and the reference are made of the same literal.
 */

interface Shape {
  /** What follows the flag, in help: `<path>`. */
  readonly value?: string
  readonly about: string
  readonly short?: string
  readonly choices?: readonly string[]
  readonly fallback?: unknown
}

/** A flag that gives a `T`. */
export interface Flag<T = unknown> extends Shape {
  /**
   * `switch` stands alone; `negation` is `--no-x`, and its value true without it; `either` is `--x` and `--no-x`; `text` and
   * `count` (a whole number) take a value, `list` takes one each time it is given.
   */
  readonly kind: 'switch' | 'negation' | 'either' | 'text' | 'count' | 'list'
  /** What `--no-x` of an `either` does. */
  readonly aboutNot?: string
  readonly required?: true
  /** The type of the value; there is nothing at run time. */
  readonly gives?: T
}

export type Flags = Readonly<Record<string, Flag>>

/** What the handler of a command gets: each flag by its key, undefined where it was not given. */
export type Given<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never }

type Placeholder = `<${string}>`

/** Stands alone. */
export const on = (about: string, short?: string): Flag<boolean | undefined> => ({
  kind: 'switch',
  about,
  ...(short !== undefined && { short }),
})

/** `--no-x`: true without it. */
export const unless = (about: string): Flag<boolean> => ({ kind: 'negation', about })

/** `--x`, and `--no-x`. */
export const either = (about: string, aboutNot: string): Flag<boolean | undefined> => ({ kind: 'either', about, aboutNot })

export const text = (value: Placeholder, about: string, short?: string): Flag<string | undefined> => ({
  kind: 'text',
  value,
  about,
  ...(short !== undefined && { short }),
})

/** A value that must be given. */
export const needed = (value: Placeholder, about: string): Flag<string> => ({ kind: 'text', value, about, required: true })

/** Each time it is given one more. */
export const list = (value: Placeholder, about: string): Flag<readonly string[] | undefined> => ({ kind: 'list', value, about })

/** A whole number. */
export const count = (value: Placeholder, about: string, short?: string): Flag<number | undefined> => ({
  kind: 'count',
  value,
  about,
  ...(short !== undefined && { short }),
})

/** A whole number that is so much where nobody gives one. */
export const countFrom = (fallback: number, value: Placeholder, about: string): Flag<number> => ({
  kind: 'count',
  value,
  about,
  fallback,
})

export const choice = <const C extends string>(
  value: Placeholder,
  choices: readonly C[],
  about: string,
): Flag<C | undefined> => ({
  kind: 'text',
  value,
  about,
  choices,
})

/** A choice that is already made where nobody makes it. */
export const choiceFrom = <const C extends string>(
  fallback: NoInfer<C>,
  value: Placeholder,
  choices: readonly C[],
  about: string,
): Flag<C> => ({ kind: 'text', value, about, choices, fallback })

/** `dryRun` is `--dry-run`. */
export const nameOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** `dryRun` of a negation is `--no-dry-run`. */
export const negatedName = (key: string): string => nameOf(key).replace('--', '--no-')

/** Every name that a flag has on the command line, the short one first. */
export function namesOf(key: string, { kind, short }: Flag): readonly string[] {
  const shown = kind === 'negation' ? [negatedName(key)] : kind === 'either' ? [nameOf(key), negatedName(key)] : [nameOf(key)]
  return short === undefined ? shown : [`-${short}`, ...shown]
}
