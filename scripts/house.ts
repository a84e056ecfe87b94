// The rules of the house, as AGENTS.md and docs/architecture.md state them, held by the gate: `node scripts/house.ts`.
// `--settle` takes out of scripts/house/pending.txt what holds by now.
import { readFileSync, writeFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { arrows, circles, readTable } from './house/arrows.ts'
import { changes } from './house/changes.ts'
import { lineLength } from './house/lines.ts'
import { pages } from './house/pages.ts'
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

// An entry is a rule and a file, or a rule and a folder with `/**` behind it.
const pending = readFileSync(pendingFile, 'utf8').split('\n').filter(Boolean)
const covers = (entry: string) => {
  const [, start, isFolder] = /^(.*?)(\/\*\*)?$/.exec(entry)!
  return ({ rule, path }: Finding) => (isFolder ? `${rule} ${path}`.startsWith(`${start}/`) : `${rule} ${path}` === start)
}
const settled = pending.filter((entry) => !findings.some(covers(entry)))
if (process.argv.includes('--settle')) {
  const open = new Set(pending.filter((entry) => !settled.includes(entry)))
  writeFileSync(
    pendingFile,
    Array.from(open, (entry) => `${entry}\n`)
      .sort()
      .join(''),
  )
} else if (settled.length > 0) {
  console.error(`These hold by now; node scripts/house.ts --settle takes them from the list:\n${settled.join('\n')}`)
  process.exitCode = 1
}
for (const finding of findings.filter((each) => !pending.some((entry) => covers(entry)(each)))) {
  console.error(`${finding.path}${finding.line ? `:${finding.line}` : ''}  ${finding.rule}: ${finding.text}`)
  process.exitCode = 1
}
