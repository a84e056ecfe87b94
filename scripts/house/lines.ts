import type { Finding, Tree } from './tree.ts'

/** As wide as Biome breaks code. This holds what Biome leaves alone: comments and pages. */
const columns = 130

/**
 * Whether a line that is too long may stay. Of code that is a text or an expression in one piece, else Biome had broken it. A row
 * of a Markdown table cannot be broken, and is filled up to stand under the others: there no cell's words may be longer. An
 * address without spaces cannot be broken either. What a command printed stands as it was printed.
 */
function mayStay(path: string, line: string): boolean {
  if (/\.(?:tsx?|mjs)$/.test(path) && !/^\s*(?:\/\/|\/?\*)/.test(line)) return true
  const isRow = path.endsWith('.md') && line.startsWith('|')
  if (isRow) return line.split(/(?<!\\)\|/).every((cell) => Array.from(cell.trim()).length <= columns)
  return /^\S*https?:\S+$/.test(line.trim().replace(/^(?:\/\/|\*|-) /, ''))
}

/** Lines are at most 130 columns wide, in comments and Markdown, too. */
export function lineLength(tree: Tree): Finding[] {
  const findings: Finding[] = []
  for (const [path, text] of tree) {
    let isPrinted = false
    for (const [index, line] of text.split('\n').entries()) {
      if (line.startsWith('```')) isPrinted = line === '```console'
      const width = line.length <= columns ? line.length : Array.from(line).length
      if (width <= columns || isPrinted || mayStay(path, line)) continue
      findings.push({ rule: 'columns', path, line: index + 1, text: `${width} columns of ${columns}` })
    }
  }
  return findings
}
