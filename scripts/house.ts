// The rules of the house, as AGENTS.md and docs/architecture.md state them, held by the gate: `node scripts/house.ts`.
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { arrows, circles, readTable } from './house/arrows.ts'
import { changes } from './house/changes.ts'
import { lineLength } from './house/lines.ts'
import { pages } from './house/pages.ts'
import { plumbing } from './house/plumbing.ts'
import { sizes } from './house/sizes.ts'
import { readTree } from './house/tree.ts'

const root = join(import.meta.dirname, '..')

// Loading TypeScript takes longer than all rules.
enableCompileCache(join(root, 'node_modules', '.cache', 'house'))
const { languageOfFlags } = await import('./house/flags.ts')

const tree = readTree(root)
const table = readTable(readFileSync(join(root, 'docs', 'architecture.md'), 'utf8'))
const findings = [
  arrows(tree, table),
  circles(tree),
  plumbing(tree),
  languageOfFlags(tree),
  lineLength(tree),
  sizes(tree),
  changes(tree),
  pages(tree),
].flat()

for (const finding of findings) {
  console.error(`${finding.path}${finding.line ? `:${finding.line}` : ''}  ${finding.rule}: ${finding.text}`)
  process.exitCode = 1
}
