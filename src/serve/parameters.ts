import { timeOf } from '../api/sessions.ts'
import { OcvaultError } from '../base/errors.ts'
import type { RosterFilter } from './roster.ts'

/** The parameters of an address, of which each has a meaning: what is misspelt is an error, and not passed by. */
export class Parameters {
  readonly #given: URLSearchParams

  /** @throws OcvaultError `usage` for a parameter that is not among the known ones */
  constructor(url: string, known: readonly string[]) {
    this.#given = new URL(url).searchParams
    for (const name of this.#given.keys()) {
      if (!known.includes(name)) throw new OcvaultError('usage', `there is no parameter ${JSON.stringify(name.slice(0, 100))}`)
    }
  }

  /** Undefined where it is not given, or empty as a form leaves it. */
  text(name: string): string | undefined {
    return this.#given.get(name) || undefined
  }

  texts(name: string): readonly string[] | undefined {
    const values = this.#given.getAll(name).filter(Boolean)
    return values.length > 0 ? values : undefined
  }

  /** @throws OcvaultError `usage` for anything but a whole number up to the greatest */
  count(name: string, fallback: number, greatest: number): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    if (!/^\d{1,9}$/.test(text) || Number(text) > greatest) {
      throw new OcvaultError('usage', `${name} is a whole number up to ${greatest}`)
    }
    return Number(text)
  }

  /** A time as a person or a program writes it, in ms since the epoch. @throws OcvaultError `usage` */
  time(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : timeOf(/^\d{9,15}$/.test(text) ? Number(text) : text)
  }

  /** @throws OcvaultError `usage` for another word */
  choice<const C extends string>(name: string, choices: readonly C[]): C | undefined {
    const text = this.text(name)
    const found = choices.find((each) => each === text)
    if (text !== undefined && found === undefined) throw new OcvaultError('usage', `${name} is one of ${choices.join(', ')}`)
    return found
  }

  yes(name: string): boolean | undefined {
    return this.choice(name, ['yes', 'no'])?.startsWith('y')
  }
}

/** Which sessions a list is of, as an address says it. */
export const filterNames = [
  'text',
  'directory',
  'agent',
  'model',
  'store',
  'since',
  'until',
  'archived',
  'stranded',
  'subagents',
] as const

export function filterIn(parameters: Parameters): RosterFilter {
  const [since, until, archived] = [
    parameters.time('since'),
    parameters.time('until'),
    parameters.choice('archived', ['only', 'no']),
  ]
  const [stranded, subagents] = [parameters.yes('stranded'), parameters.yes('subagents')]
  const named = (['directory', 'agent', 'model', 'store'] as const).flatMap((name) => {
    const text = parameters.text(name)
    return text === undefined ? [] : [[name, text] as const]
  })
  const text = parameters.text('text')?.split(/\s+/).filter(Boolean)
  return {
    ...Object.fromEntries(named),
    ...(text && { text }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(archived && { archived }),
    ...(stranded !== undefined && { stranded }),
    ...(subagents !== undefined && { subagents }),
  }
}
