import { fieldNumber } from '../text/searchable.ts'
import type { Prepared } from './meta.ts'

/** What filters ask about a unit, and its weightiest field. */
export interface Combination {
  readonly role: string
  readonly kind: string
  readonly agent: string
  readonly model: string
  readonly tool: string
  /** Number of the field. */
  readonly field: number
}

/** The number of what is in no message: titles. */
export const inNoMessage = 0

const names = ['role', 'kind', 'agent', 'model', 'tool'] as const

/** The combinations that units have in an index, numbered from 1 on: nearly always so few that a number is a byte. */
export class Combinations {
  readonly #prepared: Prepared
  readonly #all: (Combination | null)[] = [null]
  readonly #numbers = new Map<string, number>()

  constructor(prepared: Prepared) {
    this.#prepared = prepared
    for (const row of prepared('SELECT * FROM combination ORDER BY no').all()) {
      const [role, kind, agent, model, tool] = names.map((name) => String(row[name])) as [string, string, string, string, string]
      this.#note({ role, kind, agent, model, tool, field: Number(row.field) }, Number(row.no))
    }
  }

  #note(combination: Combination, number: number): void {
    this.#all[number] = combination
    this.#numbers.set(keyOf(combination), number)
  }

  /** By number; null for titles. */
  get all(): readonly (Combination | null)[] {
    return this.#all
  }

  fieldOf(number: number): number {
    return this.#all[number]?.field ?? fieldNumber('title')
  }

  /** The number of a combination, which a new one gets. */
  numberOf(combination: Combination): number {
    const known = this.#numbers.get(keyOf(combination))
    if (known !== undefined) return known
    const number = this.#all.length
    const sql = 'INSERT INTO combination (no, role, kind, agent, model, tool, field) VALUES (?, ?, ?, ?, ?, ?, ?)'
    this.#prepared(sql).run(number, ...names.map((name) => combination[name]), combination.field)
    this.#note(combination, number)
    return number
  }
}

const keyOf = ({ role, kind, agent, model, tool, field }: Combination) =>
  `${role}\0${kind}\0${agent}\0${model}\0${tool}\0${field}`
