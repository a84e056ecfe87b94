import { safeJSON } from '../render/safe-text.ts'
import { renderWhere, whereJSON, whereReport } from '../render/where.ts'
import type { CommonFlags } from './program.ts'
import { openFor, scopeFor } from './selection.ts'
import { reportProblems, styleFor, widthOf } from './terminal.ts'

/** `ocvault where`. */
export async function where(name: string | undefined, flags: CommonFlags): Promise<void> {
  const catalog = openFor(flags)
  const project = name === 'latest' ? await scopeFor(catalog, flags.root ? { root: flags.root } : {}) : undefined
  const id = name === undefined ? undefined : catalog.resolve(name, project && { project })
  const report = whereReport(catalog, id)
  if (flags.json) process.stdout.write(`${safeJSON(whereJSON(report))}\n`)
  else process.stdout.write(renderWhere(report, { style: styleFor(process.stdout, flags), width: widthOf(process.stdout) }))
  reportProblems(catalog)
  catalog.close()
}
