/**
 * Asks the original: `node scripts/storage-answers.ts BINARY > fixtures/storage-1.1.65.json`, with the binary of OpenCode 1.1.65.
 * The namespace `Storage` is taken out of the binary, and run by the Bun that is in it, over a copy of the store that this
 * release wrote. Linux and macOS.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { storageCalls, storageKinds, writeOddFiles } from '../src/testing/storage-calls.ts'

const [binary] = process.argv.slice(2)
if (binary === undefined) throw new Error('say where the binary of 1.1.65 is')

/** The source of the namespace, in the bundle that the binary holds. */
function storageSource(path: string): string {
  const bundle = readFileSync(path).toString('latin1')
  const begin = bundle.indexOf('((Storage) => {\n    const log = Log.create({ service: "storage" })')
  const end = '})(Storage ||= {});'
  if (begin < 0) throw new Error(`${path} is no OpenCode 1.1.65`)
  return bundle.slice(begin, bundle.indexOf(end, begin) + end.length)
}

/** What it uses of the rest: its own path and file system, and little of OpenCode. */
function program(source: string): string {
  const used = new Set(source.match(/\b(?:path|fs|lazy)\d*\b(?=\.|\()/g))
  const meant = { path: 'pathModule', fs: 'fsModule', lazy: '((make) => { let made; return () => (made ??= make()) })' }
  const names = [...used].map((name) => `const ${name} = ${meant[name.replace(/\d+$/, '') as keyof typeof meant]}`)
  return `
import pathModule from 'path'
import fsModule from 'fs/promises'
import { createHash } from 'crypto'
const { $ } = Bun
const Log = { create: () => ({ info() {}, error() {} }) }
class NotFoundError extends Error { constructor({ message }) { super(message); this.name = 'NotFoundError' } }
const NamedError = { create: () => NotFoundError }
const zod_default = { object: (shape) => shape, string: () => ({}) }
const Filesystem = { isDir: (path) => fsModule.stat(path).then((stat) => stat.isDirectory(), () => false) }
const lock = { [Symbol.dispose]() {} }
const Lock = { read: async () => lock, write: async () => lock }
const Global = { Path: { data: process.env.DATA } }
const __using = (stack, value) => value
const __callDispose = (stack, error, has) => { if (has) throw error }
${names.join('\n')}
let Storage
${source}
const { calls, kinds } = await Bun.file(process.env.DATA + '/calls.json').json()
const kindsAnswered = {}
for (const kind of kinds) {
  const found = []
  for (const key of await Storage.list([kind])) found.push([key, await Storage.read(key)])
  kindsAnswered[kind] = { keys: found.length, sha256: createHash('sha256').update(JSON.stringify(found)).digest('hex') }
}
const answers = []
for (const { call, key, value } of calls) {
  const given = call === 'write' ? [value] : call === 'update' ? [(draft) => { Object.assign(draft, value) }] : []
  answers.push(await Storage[call](key, ...given).then((value) => ({ value }), (error) => ({ throws: error.name })))
}
console.log(JSON.stringify({ kinds: kindsAnswered, answers }))
`
}

const data = mkdtempSync(join(tmpdir(), 'ocvault-storage-'))
try {
  cpSync(join(import.meta.dirname, '../fixtures/stores/1.1.65/opencode'), data, { recursive: true })
  writeOddFiles(join(data, 'storage'))
  writeFileSync(join(data, 'calls.json'), JSON.stringify({ calls: storageCalls, kinds: storageKinds }))
  writeFileSync(join(data, 'ask.js'), Buffer.from(program(storageSource(binary)), 'latin1'))
  const env = { PATH: process.env.PATH, HOME: data, DATA: data, BUN_BE_BUN: '1' }
  process.stdout.write(execFileSync(resolve(binary), ['run', join(data, 'ask.js')], { env, maxBuffer: 2 ** 26 }))
} finally {
  rmSync(data, { recursive: true, force: true })
}
