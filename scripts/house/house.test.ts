import { describe, expect, test } from 'vitest'
import { arrows, circles, readTable } from './arrows.ts'
import { changes, readChange } from './changes.ts'
import { languageOfFlags } from './flags.ts'
import { lineLength } from './lines.ts'
import { pages } from './pages.ts'
import { plumbing } from './plumbing.ts'
import { sizes } from './sizes.ts'
import type { Finding } from './tree.ts'

const tree = (files: Record<string, string>) => new Map(Object.entries(files))
const at = (findings: readonly Finding[]) => findings.map(({ path, line }) => (line ? `${path}:${line}` : path))

const page = `
| folder | may import | holds |
| --- | --- | --- |
| \`src/base/\` | nothing | x |
| \`src/stores/\` | the above | x |
| \`src/search/\` | the above | x |
| \`src/share/\` | the above but \`search\` | x |
| \`src/index.ts\` | the above | x |
`

describe('arrows', () => {
  const found = (path: string, text: string) => at(arrows(tree({ [path]: text }), readTable(page)))

  test('point up in the table of folders', () => {
    expect(found('src/stores/sqlite/a.ts', "import { b } from '../../base/b.ts'")).toEqual([])
    expect(found('src/base/b.ts', "\nimport { a } from '../stores/sqlite/a.ts'")).toEqual(['src/base/b.ts:2'])
    expect(found('src/index.ts', "export { s } from './share/s.ts'")).toEqual([])
    expect(found('src/share/s.ts', "export { s } from '../index.ts'")).toEqual(['src/share/s.ts:1'])
  })

  test('keep to what a row leaves out', () => {
    expect(found('src/share/s.ts', "import { q } from '../search/q.ts'")).toEqual(['src/share/s.ts:1'])
  })

  test('are types and lazy imports, too', () => {
    expect(found('src/base/b.ts', "import type {\n  A,\n} from '../stores/a.ts'")).toEqual(['src/base/b.ts:3'])
    expect(found('src/base/b.ts', "const a = () => import('../stores/a.ts')")).toEqual(['src/base/b.ts:1'])
    expect(found('src/base/b.ts', "import '../stores/a.ts'")).toEqual(['src/base/b.ts:1'])
  })

  test('do not bind tests', () => {
    expect(found('src/base/b.test.ts', "import { a } from '../stores/a.ts'")).toEqual([])
  })

  test('know every folder', () => {
    expect(found('src/attic/a.ts', '')).toEqual(['src/attic/a.ts'])
  })

  test('cannot be read from a page without a table, or of words that mean nothing', () => {
    expect(() => readTable('# Page')).toThrow('no table')
    expect(() => readTable('| `src/base/` | somebody | x |')).toThrow('somebody')
  })
})

test('circles are found, however long', () => {
  const files = {
    'src/a/1.ts': "import { x } from './2.ts'",
    'src/a/2.ts': "import type { x } from '../b/3.ts'",
    'src/b/3.ts': "import { x } from '../a/1.ts'",
    'src/b/4.ts': "import { x } from './3.ts'",
  }
  expect(circles(tree(files)).map(({ text }) => text)).toEqual(['src/a/1.ts → src/a/2.ts → src/b/3.ts → src/a/1.ts'])
  expect(circles(tree({ ...files, 'src/b/3.ts': '' }))).toEqual([])
})

describe('plumbing has one place', () => {
  const found = (path: string, text: string) => at(plumbing(tree({ [path]: text })))

  test('databases', () => {
    const text = "import { DatabaseSync } from 'node:sqlite'"
    expect(found('src/search/a.ts', text)).toEqual(['src/search/a.ts:1'])
    expect(found('src/sqlite/a.ts', text)).toEqual([])
    expect(found('src/search/a.ts', '// of a million rows node:sqlite makes a million arrays')).toEqual([])
  })

  test('processes', () => {
    const text = "import { spawnSync } from 'node:child_process'"
    expect(found('src/share/a.ts', text)).toEqual(['src/share/a.ts:1'])
    expect(found('src/base/git.ts', text)).toEqual([])
    expect(found('src/cli/pager.ts', text)).toEqual([])
  })

  test('syncing and renaming', () => {
    expect(found('src/archive/a.ts', "import {\n  fsyncSync,\n} from 'node:fs'\nfsyncSync(file)")).toEqual(['src/archive/a.ts:4'])
    expect(found('src/archive/a.ts', 'await rename(a, b)')).toEqual(['src/archive/a.ts:1'])
    expect(found('src/base/files.ts', 'renameSync(a, b)')).toEqual([])
    expect(found('src/archive/a.ts', '// ends in an fsync')).toEqual([])
  })
})

describe('the core names no flag and no command of ours', () => {
  const found = (text: string, path = 'src/search/a.ts') => at(languageOfFlags(tree({ [path]: text })))

  test('in any kind of text', () => {
    expect(found("throw new Error('use --all')")).toEqual(['src/search/a.ts:1'])
    expect(found(`const text = \`\${path}: --force replaces it\``)).toEqual(['src/search/a.ts:1'])
    expect(found(`const text = \`\${\`x --all\`} and\``)).toEqual(['src/search/a.ts:1'])
    expect(found("\nconst text = 'ocvault list shows them'")).toEqual(['src/search/a.ts:2'])
    expect(found("const text = 'a newer ocvault wrote it'")).toEqual([])
    expect(found("const hint = '--all'")).toEqual(['src/search/a.ts:1'])
  })

  test('but comments may, code counts down, and the front end has the words', () => {
    expect(found("// --all shows them, as ocvault list does\nwhile (n --> 0) run('--')")).toEqual([])
    expect(found("throw new Error('use --all')", 'src/cli/a.ts')).toEqual([])
  })

  test('but git and V8 have flags', () => {
    expect(found("run(['rev-parse', '--verify'])")).toEqual([])
    expect(found("run(['say', 'use --all'])")).toEqual(['src/search/a.ts:1'])
    expect(found(`import { git } from '../base/git.ts'\nconst lease = \`--force-with-lease=\${ref ?? ''}\``)).toEqual([])
    expect(found("setFlagsFromString('--heap-growing-percent=5')")).toEqual([])
  })
})

describe('lines', () => {
  const long = 'word '.repeat(30)
  const found = (path: string, text: string) => at(lineLength(tree({ [path]: text })))

  test('end at column 130, in comments and pages', () => {
    expect(found('src/a.ts', `// ${long}`)).toEqual(['src/a.ts:1'])
    expect(found('docs/a.md', `x\n${long}`)).toEqual(['docs/a.md:2'])
    expect(found('docs/a.md', '…'.repeat(130))).toEqual([])
    expect(found('docs/a.md', '…'.repeat(131))).toEqual(['docs/a.md:1'])
    expect(found('src/a.ts', `/**\n * ${long}\n */`)).toEqual(['src/a.ts:2'])
  })

  test('of code are broken by Biome, but for a text in one piece', () => {
    expect(found('src/a.ts', `const text = '${long}'`)).toEqual([])
  })

  test('of a table may be longer, but not the words of one cell', () => {
    const half = 'word '.repeat(15)
    expect(found('docs/a.md', `| ${half}| ${half}          |`)).toEqual([])
    expect(found('docs/a.md', `| ${half}${half} |`)).toEqual(['docs/a.md:1'])
    expect(found('docs/a.md', `| ${half}\\| ${half} |`)).toEqual(['docs/a.md:1'])
    expect(found('src/a.ts', `// | ${half}| ${half}`)).toEqual(['src/a.ts:1'])
  })

  test('that a command printed stand as they are', () => {
    expect(found('docs/a.md', `\`\`\`console\n${long}\n\`\`\`\n${long}`)).toEqual(['docs/a.md:4'])
    expect(found('docs/a.md', `\`\`\`sh\n${long}\n\`\`\``)).toEqual(['docs/a.md:2'])
  })

  test('may be an address', () => {
    const address = `https://example.com/${'x'.repeat(130)}`
    expect(found('src/a.ts', `  // ${address}`)).toEqual([])
    expect(found('src/a.ts', `  // see ${address}`)).toEqual(['src/a.ts:1'])
  })
})

describe('sizes', () => {
  const file = (lines: number) => 'x\n'.repeat(lines)

  test('of files, tests included', () => {
    expect(sizes(tree({ 'src/a.ts': file(85), 'e2e/b.test.ts': file(450) }))).toEqual([])
    expect(at(sizes(tree({ 'src/a.ts': file(85), 'e2e/b.test.ts': file(451) })))).toEqual(['e2e/b.test.ts'])
  })

  test('of half the files and of nine in ten', () => {
    expect(sizes(tree({ 'src/a.ts': file(86) })).map(({ text }) => text)).toEqual(['half of its files have more than 85 lines'])
    const ten = Object.fromEntries(Array.from({ length: 9 }, (_item, n) => [`src/${n}.ts`, file(10)]))
    expect(at(sizes(tree({ ...ten, 'src/long.ts': file(251) })))).toEqual(['src/*'])
    expect(sizes(tree({ ...ten, 'src/long.ts': file(250) }))).toEqual([])
  })

  test('of classes, but not of those that stand on one line', () => {
    const klass = (lines: number) =>
      `class Fault extends Error {}\n\nexport class A<T>\n  implements B {\n${'  x\n'.repeat(lines - 3)}}\n`
    const small = Object.fromEntries(Array.from({ length: 9 }, (_item, n) => [`src/${n}.ts`, file(10)]))
    expect(at(sizes(tree({ ...small, 'src/a.ts': klass(250) }))).filter((path) => path !== 'src/*')).toEqual([])
    expect(at(sizes(tree({ ...small, 'src/a.ts': klass(251) }))).filter((path) => path !== 'src/*')).toEqual(['src/a.ts:3'])
  })
})

describe('changes', () => {
  const found = (path: string, text: string) => at(changes(tree({ [path]: text })))

  test('are a kind, an empty line, and a text', () => {
    expect(found('changes/no-more-waiting.md', 'Fixed\n\nIt no longer waits\nfor a FIFO.\n')).toEqual([])
    expect(readChange('Fixed\n\nIt no longer waits\nfor a FIFO.\n')).toEqual({
      kind: 'Fixed',
      text: 'It no longer waits\nfor a FIFO.',
    })
    for (const text of ['', 'Fixed\n', 'Fixed\nIt.\n', 'Mended\n\nIt.\n', 'Fixed\n\nIt.', 'Fixed\n\n# It\n', 'Fixed\n\n\nIt.\n'])
      expect(found('changes/it.md', text), text).toEqual(['changes/it.md'])
  })

  test('have a name in lower case with dashes', () => {
    for (const name of ['It.md', 'it_is.md', 'a/b.md', '-a.md'])
      expect(found(`changes/${name}`, 'Fixed\n\nIt.\n')).toHaveLength(1)
    expect(found('changes/README.md', '# Changes')).toEqual([])
  })
})

test('files that a page names are there', () => {
  const files = { 'src/search/text/tokens.ts': '', 'src/search/order.ts': '' }
  const found = (text: string) => at(pages(tree({ ...files, 'docs/a.md': text })))
  expect(found('`order.ts`, `text/tokens.ts`, `opencode.json`')).toEqual([])
  expect(found('\n`tokens.ts`, `ord.ts`')).toEqual(['docs/a.md:2'])
})
