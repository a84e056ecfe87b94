// At a release: `npm run changes 1.2.3` puts the fragments of changes/ into CHANGELOG.md, under that version, and deletes them.
// Without a version it prints what would be put there.
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFragment, kinds, readChange } from './house/changes.ts'

const root = join(import.meta.dirname, '..')
const [version] = process.argv.slice(2)
const paths = globSync('changes/*.md', { cwd: root }).filter(isFragment).sort()
const changes = paths.map((path) => {
  const change = readChange(readFileSync(join(root, path), 'utf8'))
  if (!change) throw new Error(`${path} is not of the form that changes/README.md tells`)
  return change
})

const item = (text: string) => `- ${text.replaceAll('\n', '\n  ').replaceAll(/^ +$/gm, '')}`
const parts = kinds.flatMap((kind) => {
  const items = changes.filter((change) => change.kind === kind).map(({ text }) => item(text))
  return items.length > 0 ? [`### ${kind}\n\n${items.join('\n')}\n`] : []
})

if (version) {
  const changelog = join(root, 'CHANGELOG.md')
  const text = readFileSync(changelog, 'utf8')
  const at = text.indexOf('\n## ') + 1
  const title = `## ${version} (${new Date().toISOString().slice(0, 10)})`
  writeFileSync(changelog, `${text.slice(0, at)}${title}\n\n${parts.join('\n')}\n${text.slice(at)}`)
  for (const path of paths) rmSync(join(root, path))
} else process.stdout.write(parts.join('\n'))
