import type { Finding, Tree } from './tree.ts'

/** As wide as Biome breaks code; it leaves comments and Markdown alone. */
const columns = 130

/**
 * Whether a line that is too long may stay. A row of a Markdown table cannot be broken: it may be as long as its words, but not be filled
 * up with spaces to stand under the others. An address without spaces cannot be broken either.
 */
function mayStay(path: string, line: string): boolean {
  const isRow = path.endsWith('.md') && line.startsWith('|') && !/\S {2,}\|/.test(line) && !/^\|[ -]*-{4,}/.test(line)
  return isRow || /^\S*https?:\S+$/.test(line.trim().replace(/^(?:\/\/|\*|-) /, ''))
}

/** Lines are at most 130 columns wide, in comments and Markdown, too. */
export function lineLength(tree: Tree): Finding[] {
  const findings: Finding[] = []
  for (const [path, text] of tree) {
    for (const [index, line] of text.split('\n').entries()) {
      const width = line.length <= columns ? line.length : Array.from(line).length
      if (width <= columns || mayStay(path, line)) continue
      findings.push({ rule: 'columns', path, line: index + 1, text: `${width} columns of ${columns}` })
    }
  }
  return findings
}
