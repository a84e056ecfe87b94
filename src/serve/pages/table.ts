import { escapeHTML } from '../../render/pages/html/escape.ts'

/** A column: its heading, what stands in it, and whether that is a number. */
export interface Column<T> {
  readonly name: string
  readonly cell: (row: T) => string
  /** What stands in it is HTML already. */
  readonly isHTML?: boolean
  readonly isNumber?: boolean
}

/** Rows as a table that can be scrolled where it is too wide. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], caption: string): string {
  const style = ({ isNumber }: Column<T>) => (isNumber ? ' class="right"' : '')
  const head = columns.map((column) => `<th scope="col"${style(column)}>${escapeHTML(column.name)}</th>`)
  const body = rows.map((row) => {
    const cells = columns.map((column) => {
      const text = column.cell(row)
      return `<td${style(column)}>${column.isHTML ? text : escapeHTML(text)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="scroll" tabindex="0" role="group" aria-label="${escapeHTML(caption)}"><table>
<caption class="hidden">${escapeHTML(caption)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>
`
}
