import { posix } from 'node:path'
import { type Finding, lineAt, shipped, type Tree } from './tree.ts'

/** A row of the table of folders: a folder of `src/` (or a file there), and the folders that it may import from. */
export interface Row {
  readonly folder: string
  readonly mayImport: ReadonlySet<string>
}

/**
 * Reads the table of docs/architecture.md, which is the truth about arrows. Its first column names the folder, its second what
 * that may import: `nothing`, `the above`, or ``the above but `x`, `y` ``.
 * @throws where there is no such table, or a row cannot be understood
 */
export function readTable(page: string): Row[] {
  const rows: Row[] = []
  for (const [, folder, imports] of page.matchAll(/^\| +`src\/([^`]+?)\/?` +\| +([^|]+?) +\|/gm)) {
    const [, base, but = ''] = /^(nothing|the above)(?: but (.+))?$/.exec(imports!) ?? []
    if (!base) throw new Error(`docs/architecture.md: what may src/${folder} import? "${imports}" is not understood`)
    const except = [...but.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
    const above = base === 'nothing' ? [] : rows.map((row) => row.folder)
    rows.push({ folder: folder!, mayImport: new Set(above.filter((name) => !except.includes(name))) })
  }
  if (rows.length === 0) throw new Error('docs/architecture.md has no table of folders')
  return rows
}

const importRe = /(?:\bfrom|\bimport|\bimport\()\s*['"](?<to>\.[^'"]+)['"]/g

/** What a file imports from others of the repository, types and lazy imports included. */
function importsOf(path: string, text: string): { to: string; line: number }[] {
  return Array.from(text.matchAll(importRe), ({ groups, index }) => ({
    to: posix.join(posix.dirname(path), groups!.to!),
    line: lineAt(text, index),
  }))
}

const folderOf = (path: string) => path.split('/')[1]!

/** Imports point up in the table only, and no folder is missing from it. */
export function arrows(tree: Tree, table: readonly Row[]): Finding[] {
  const findings: Finding[] = []
  const rule = 'arrow'
  for (const [path, text] of shipped(tree)) {
    const row = table.find(({ folder }) => folder === folderOf(path))
    if (!row) findings.push({ rule, path, text: `src/${folderOf(path)} is not in the table of docs/architecture.md` })
    for (const { to, line } of row ? importsOf(path, text) : []) {
      if (!to.startsWith('src/') || folderOf(to) === row!.folder || row!.mayImport.has(folderOf(to))) continue
      findings.push({ rule, path, line, text: `${row!.folder} may not import from ${to}` })
    }
  }
  return findings
}

/** No file imports itself by way of others. */
export function circles(tree: Tree): Finding[] {
  const edges = new Map(shipped(tree).map(([path, text]) => [path, importsOf(path, text).map(({ to }) => to)]))
  const findings: Finding[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path)
    if (start >= 0) findings.push({ rule: 'circle', path, text: [...trail.slice(start), path].join(' → ') })
    if (start >= 0 || done.has(path)) return
    for (const to of edges.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return findings
}
