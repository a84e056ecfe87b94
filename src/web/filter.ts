import { Value } from './value.ts'

/** Which sessions the list shows; an empty text is no condition. */
export interface Filter {
  readonly directory: string
  readonly agent: string
  readonly model: string
  readonly store: string
  readonly since: string
  readonly archived: '' | 'only' | 'no'
  readonly stranded: '' | 'yes'
  readonly subagents: '' | 'yes'
}

export const everything: Filter = {
  directory: '',
  agent: '',
  model: '',
  store: '',
  since: '',
  archived: '',
  stranded: '',
  subagents: '',
}

export const filter = new Value<Filter>(everything)

/** What is being looked for, as it is typed. */
export const query = new Value('')

/** Told whenever a store may have changed: lists and counts are asked for again. */
export const moved = new Value(0)

const given = (entries: readonly (readonly [string, string])[]) =>
  new URLSearchParams(entries.filter(([, value]) => value !== '') as [string, string][])

export const listParameters = (now: Filter): URLSearchParams => given(Object.entries(now) as [string, string][])

/** The same conditions as the search has them. */
export const searchParameters = ({ directory, agent, model, since, archived }: Filter): URLSearchParams =>
  given([
    ['project', directory],
    ['agent', agent],
    ['model', model],
    ['since', since],
    ['archived', archived],
  ])
