import { fields, type Term } from '../query.ts'
import { pieceMark } from '../text/tokens.ts'
import type { Directory } from './directory.ts'
import type { IndexFile } from './index-file.ts'
import { rowsPerUnit } from './schema.ts'

/** The rows of an index in which the terms of a query stand; a row is a unit and a field. */
export class Postings {
  readonly #index: IndexFile
  readonly #directory: Directory
  readonly #terms: readonly Term[]
  readonly #expressions: readonly string[]
  /** All rows of a term whose rows cannot be asked for in stretches without beginning anew each time. */
  readonly #whole = new Map<number, Float64Array>()

  /** @param terms as they are numbered from then on */
  constructor(index: IndexFile, terms: readonly Term[]) {
    this.#index = index
    this.#directory = index.directory()
    this.#terms = terms
    this.#expressions = terms.map(expressionOf)
  }

  /** Rows of a term in the sessions from one up to but without another, in order. */
  between(term: number, from: number, to: number): Float64Array {
    const { first, units } = this.#directory
    if (from >= to) return new Float64Array()
    const start = first[from]! * rowsPerUnit
    const end = (first[to - 1]! + units[to - 1]!) * rowsPerUnit
    const whole = this.#whole.get(term)
    if (whole) return whole.subarray(position(whole, start), position(whole, end))
    return inFields(this.#index.rows(this.#expressions[term]!, start, end), this.#terms[term]!)
  }

  /** All rows of a term, in order; from then on its rows are not asked for again. */
  all(term: number): Float64Array {
    let rows = this.#whole.get(term)
    if (!rows) {
      rows = inFields(this.#index.allRows(this.#expressions[term]!), this.#terms[term]!)
      this.#whole.set(term, rows)
    }
    return rows
  }

  /** In how many rows a term stands; those beyond `limit` are not counted. */
  count(term: number, limit: number): number {
    // The places of a prefix are gathered from many words: once, because they are asked for anyway.
    if (isPrefix(this.#terms[term]!)) return Math.min(this.all(term).length, limit)
    return this.#index.count(this.#expressions[term]!, fieldNumbersOf(this.#terms[term]!), limit)
  }
}

/**
 * Tells of rows in order which sessions they are in. Those of none are left of a session that was read anew.
 * @param from number of a session that no row is before
 */
export function eachInSession(
  { count, first, units }: Directory,
  rows: Float64Array,
  from: number,
  tell: (session: number, unit: number, row: number) => void,
): void {
  let at = from
  for (const row of rows) {
    const unit = Math.floor(row / rowsPerUnit)
    while (at < count && unit >= first[at]! + units[at]!) at++
    if (at < count && unit >= first[at]!) tell(at, unit, row)
  }
}

/** A term in FTS5's language: every token quoted, so that nothing in it is an operator. */
function expressionOf(term: Term): string {
  if (term.kind !== 'words') return ''
  const { tokens, prefix } = term
  const star = prefix ? ' *' : ''
  const phrase = `"${tokens.join(' ')}"${star}`
  return tokens.length === 1 ? `${phrase} OR "${pieceMark}${tokens[0]}"${star}` : phrase
}

export const isPrefix = (term: Term) => term.kind === 'words' && term.prefix

const fieldNumbersOf = (term: Term) => (term.fields ? [...term.fields].map((field) => fields.indexOf(field)) : null)

function inFields(rows: Float64Array, term: Term): Float64Array {
  const numbers = fieldNumbersOf(term)
  return numbers ? rows.filter((row) => numbers.includes(row % rowsPerUnit)) : rows
}

/** Where the first value that is not smaller stands in values in order. */
function position(values: Float64Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
