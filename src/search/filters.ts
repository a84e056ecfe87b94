import type { Query, UnitFilter } from './query.ts'

/** What filters look at, of a unit and the message that it is in. */
export interface UnitAttributes {
  readonly role: string
  readonly kind: string
  readonly agent: string
  readonly model: string
  readonly tool: string
}

/** Whether any filter of units was given. */
export const hasUnitFilter = ({ units }: Query): boolean => Object.values(units).some((names) => names.length > 0)

/**
 * Whether a unit passes: names of role, kind, tool and agent whole, a part of `provider/model`, all in any case. A title is in no
 * message.
 */
export function passes(unit: UnitAttributes | null, filter: UnitFilter): boolean {
  if (unit === null) return false
  const is = (names: readonly string[], value: string) => names.length === 0 || names.includes(value.toLowerCase())
  const { role, kind, tool, agent, model } = filter
  return (
    is(role, unit.role) &&
    is(kind, unit.kind) &&
    is(tool, unit.tool) &&
    is(agent, unit.agent) &&
    (model.length === 0 || model.some((part) => unit.model.toLowerCase().includes(part)))
  )
}
