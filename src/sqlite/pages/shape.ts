import { isInteger, isText, type RecordHeader } from './record.ts'

/** A column as a record of its table shows it. */
export interface ShapeColumn {
  readonly name: string
  readonly type: 'text' | 'integer' | 'real' | 'any'
  readonly required: boolean
  /** What its text begins with. */
  readonly begins?: string
  /** What it is like, where it has no beginning of its own. */
  readonly matches?: RegExp
}

/** What the records of a table look like. A row that is older than a column ends before it. */
export interface RowShape {
  readonly table: string
  readonly columns: readonly ShapeColumn[]
  /** How many columns a row has at least. */
  readonly fewest: number
}

const real = 7

function holds({ type, required }: ShapeColumn, serial: number): boolean {
  if (serial === 0) return !required
  if (type === 'text') return isText(serial)
  if (type === 'integer') return isInteger(serial)
  if (type === 'real') return isInteger(serial) || serial === real
  return true
}

/** Whether a record can be a row of the table, by its types alone. */
export const fits = ({ columns, fewest }: RowShape, { serials }: RecordHeader): boolean =>
  serials.length >= fewest && serials.length <= columns.length && serials.every((serial, index) => holds(columns[index]!, serial))
