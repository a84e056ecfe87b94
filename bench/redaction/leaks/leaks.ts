import { expanded } from '../../../src/testing/templates.ts'
import { environment } from './environment.ts'
import { services } from './services.ts'
import { vendors } from './vendors.ts'
import { work } from './work.ts'

/** A text that leaks something, as an agent comes across it. */
export interface Leak {
  /** `tokens`, `env`, `json`, `k8s`, `prose`, … */
  readonly family: string
  readonly kind: string
  readonly text: string
  /** What must not stay. */
  readonly secrets: readonly string[]
}

/** Nothing but the token itself tells that it is one. */
const carriers = [
  'it prints «X» and goes on',
  'curl https://api.acme.io/v1 -H "x-custom: «X»"',
  '  client = connect("«X»")',
  '│ prod │ «X» │',
]

const familyOf = (kind: string): string => {
  const [first = ''] = kind.split('-')
  if (
    /^(?:sql|psql|mysql|sqlplus|jdbc|redis|mongo|sqlcmd|bcp|cqlsh|influx|clickhouse|elastic|snowsql|neo4j|ldapsearch|ldif)$/.test(
      first,
    )
  )
    return 'databases'
  return /^(?:env|json|yaml|toml|ini|properties|xml|hcl|tf|table|opencode|http|file|cmd|code|prose)$/.test(first)
    ? first
    : 'clouds'
}

/** Every leak once, drawn for this seed. */
export function leaks(seed: string): Leak[] {
  const tokens = vendors.split('\n').flatMap((line, index) => {
    const [, kind, token] = /^(\S+) (.+)$/.exec(line) ?? []
    if (kind === undefined || token === undefined) return []
    const text = carriers[index % carriers.length]!.replace('X', token)
    return { family: 'tokens', kind, ...expanded(text, `${seed}/${kind}`) }
  })
  const others = [environment, services, work].flatMap((templates) =>
    templates.split('\n').flatMap((line) => {
      const at = line.indexOf(' :: ')
      if (at < 0) return []
      const kind = line.slice(0, at)
      return { family: familyOf(kind), kind, ...expanded(line.slice(at + 4), `${seed}/${kind}`) }
    }),
  )
  return [...tokens, ...others]
}
