import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fixture, json, output, run, type SessionJSON } from './support/ocvault.ts'
import { tempDir } from './support/temp.ts'

const pipe = (path: string) => execFileSync('/usr/bin/env', ['mkfifo', path])
const store = join(fixture('1.18.33'), 'opencode', 'opencode.db')
const firstID = async () => (await json<SessionJSON[]>(['list', '--root', store, '--limit', '1']))[0]!.id

describe.skipIf(process.platform === 'win32')('a pipe among files is named, and never waited for', () => {
  const named = { code: 5, stderr: expect.stringContaining('a pipe, and no regular file') }

  test('in a JSON tree of OpenCode', async () => {
    const data = join(tempDir(), 'opencode')
    cpSync(join(fixture('1.1.65'), 'opencode'), data, { recursive: true })
    const [project = ''] = readdirSync(join(data, 'storage', 'session'))
    pipe(join(data, 'storage', 'session', project, 'ses_pipe.json'))
    expect(await run(['list', '--all', '--root', data])).toMatchObject(named)
    const [{ id }] = (await json<SessionJSON[]>(['list', '--root', join(fixture('1.1.65'), 'opencode'), '--limit', '1'])) as [
      SessionJSON,
    ]
    pipe(join(data, 'storage', 'message', id, 'msg_pipe.json'))
    expect(await run(['show', id, '--root', data])).toMatchObject(named)
  })

  test('with the name of a database', async () => {
    const data = tempDir()
    copyFileSync(store, join(data, 'opencode.db'))
    pipe(join(data, 'opencode-other.db'))
    expect(await run(['list', '--all', '--root', data])).toMatchObject(named)
  })

  test('among files to import, and as the file to look through', async () => {
    const folder = tempDir()
    await output(['export', await firstID(), '--quiet', '--root', store, '-o', join(folder, 'a.json')])
    pipe(join(folder, 'x.json'))
    const target = join(tempDir(), 'opencode.db')
    copyFileSync(store, target)
    expect(await run(['import', folder, '--root', target, '--dry-run'])).toMatchObject(named)
    expect(await run(['scan', join(folder, 'x.json')])).toMatchObject({ ...named, code: 1 })
    expect(await run(['import', join(folder, 'x.json'), '--root', target])).toMatchObject({ ...named, code: 1 })
    expect(await run(['verify', join(folder, 'x.json')])).toMatchObject({ ...named, code: 1 })
  })
})

describe.skipIf(process.platform === 'win32')('output into what is no file', () => {
  test('a device and the output of the command, without being forced', async () => {
    const id = await firstID()
    const plain = await output(['export', id, '--root', store])
    expect(await run(['export', id, '--root', store, '-o', '/dev/stdout'])).toEqual({ code: 0, stdout: plain, stderr: '' })
    expect(await output(['export', id, '--root', store, '-o', '/dev/null'])).toBe('')
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
    expect((await run(['backup', '--root', store, '-o', '/dev/null'])).code).toBe(0)
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test('a pipe, which stays; a link, whose target is written', async () => {
    const [id, folder] = [await firstID(), tempDir()]
    const plain = await output(['export', id, '--root', store])
    pipe(join(folder, 'pipe'))
    const reader = spawn('cat', [join(folder, 'pipe')], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void reader.kill())
    const read: Buffer[] = []
    reader.stdout.on('data', (block: Buffer) => read.push(block))
    await Promise.all([once(reader, 'close'), output(['export', id, '--root', store, '-o', join(folder, 'pipe'), '--force'])])
    expect(Buffer.concat(read).toString()).toBe(plain)
    expect(lstatSync(join(folder, 'pipe')).isFIFO()).toBe(true)
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync('elsewhere/a.json', join(folder, 'link.json'))
    writeFileSync(join(folder, 'elsewhere/a.json'), 'before')
    expect((await run(['export', id, '--root', store, '-o', join(folder, 'link.json')])).code).toBe(4)
    await output(['export', id, '--quiet', '--root', store, '-o', join(folder, 'link.json'), '--force'])
    expect(readFileSync(join(folder, 'elsewhere/a.json'), 'utf8')).toBe(plain)
    expect(lstatSync(join(folder, 'link.json')).isSymbolicLink()).toBe(true)
  })
})

test.skipIf(process.platform === 'win32')('whatever holds transcripts is its owner’s alone', async () => {
  const [home, id] = [tempDir(), await firstID()]
  const target = join(home, 'opencode.db')
  copyFileSync(store, target)
  const umask = process.umask(0o022)
  try {
    for (const args of [
      ['export', id, '--root', store, '-o', join(home, 'out/a.json')],
      ['export', '--all', '--root', store, '-o', join(home, 'a.zip')],
      ['export', '--all', '--root', store, '-o', `${join(home, 'folder')}/`],
      ['backup', '--root', store, '-o', join(home, 'b.zip')],
      ['backup', '--root', store, '--to', join(home, 'mirror')],
      ['restore', join(home, 'b.zip'), '--into', 'json', '--root', join(home, 'tree')],
      ['import', join(home, 'a.zip'), '--root', target, '--as-copy'],
      ['search', 'the', '--root', store],
    ]) {
      mkdirSync(join(home, 'out'), { recursive: true, mode: 0o700 })
      const { code, stderr } = await run([...args], { home })
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' })
    }
  } finally {
    process.umask(umask)
  }
  const open = readdirSync(home, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== target && !path.includes('/ocvault/code/') && (statSync(path).mode & 0o077) !== 0)
  expect(open).toEqual([])
})
