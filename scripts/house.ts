// The rules of the house, as AGENTS.md and docs/architecture.md state them, held by the gate: `node scripts/house.ts`.
// `--settle` takes out of scripts/house/pending.txt what holds by now.
import { readFileSync, writeFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { arrows, circles, readTable } from './house/arrows.ts'
import { lineLength } from './house/lines.ts'
import { plumbing } from './house/plumbing.ts'
import { sizes } from './house/sizes.ts'
import { type Finding, readTree } from './house/tree.ts'

const root = join(import.meta.dirname, '..')
const pendingFile = join(import.meta.dirname, 'house', 'pending.txt')

// Loading TypeScript takes longer than all rules.
enableCompileCache(join(root, 'node_modules', '.cache', 'house'))
const { languageOfFlags } = await import('./house/flags.ts')

const tree = readTree(root)
const table = readTable(readFileSync(join(root, 'docs', 'architecture.md'), 'utf8'))
const findings = [arrows(tree, table), circles(tree), plumbing(tree), languageOfFlags(tree), lineLength(tree), sizes(tree)].flat()

const name = ({ rule, path }: Finding) => `${rule} ${path}`
const pending = readFileSync(pendingFile, 'utf8').split('\n').filter(Boolean)
const broken = new Set(findings.map(name))
const settled = pending.filter((entry) => !broken.has(entry))
if (process.argv.includes('--settle')) {
  writeFileSync(
    pendingFile,
    [...new Set(pending.filter((entry) => broken.has(entry)))]
      .sort()
      .map((entry) => `${entry}\n`)
      .join(''),
  )
} else if (settled.length > 0) {
  console.error(`These hold by now; node scripts/house.ts --settle takes them from the list:\n${settled.join('\n')}`)
  process.exitCode = 1
}
for (const finding of findings.filter((each) => !pending.includes(name(each)))) {
  console.error(`${finding.path}${finding.line ? `:${finding.line}` : ''}  ${finding.rule}: ${finding.text}`)
  process.exitCode = 1
}
