import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { isStream, openOutput, replacesFile, writeOutput } from './output.ts'

const bytes = (text: string) => [Buffer.from(text)]
const write = async (path: string, text: string) => writeOutput(await openOutput(path), bytes(text))
const long = 'é'.repeat(300_000)

test('a file grows beside its place, and is private', async () => {
  const path = join(tempDir(), 'a')
  expect([replacesFile(path), isStream(path)]).toEqual([false, false])
  await write(path, long)
  expect(readFileSync(path, 'utf8')).toBe(long)
  expect([replacesFile(path), isStream(path)]).toEqual([true, false])
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a file stays as it was when its new content cannot be had', async () => {
  const folder = tempDir()
  await write(join(folder, 'a'), 'before')
  const failing = function* (): Iterable<Uint8Array> {
    yield Buffer.from('half')
    throw new Error('the store is damaged')
  }
  await expect(writeOutput(await openOutput(join(folder, 'a')), failing())).rejects.toThrow('the store is damaged')
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('before')
  expect(readdirSync(folder)).toEqual(['a'])
})

describe.skipIf(process.platform === 'win32')('what has the name of a file and is none', () => {
  test('a device is written into, and stays', async () => {
    const before = lstatSync('/dev/null')
    expect([replacesFile('/dev/null'), isStream('/dev/null')]).toEqual([false, true])
    await write('/dev/null', long)
    expect(lstatSync('/dev/null')).toMatchObject({ ino: before.ino, mode: before.mode })
  })

  test('a pipe takes everything, however long, and stays', async () => {
    const path = join(tempDir(), 'pipe')
    execFileSync('/usr/bin/env', ['mkfifo', path])
    expect([replacesFile(path), isStream(path)]).toEqual([false, true])
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let read = 0
    reader.stdout.on('data', (block: Buffer) => {
      read += block.length
    })
    await write(path, long)
    await once(reader, 'close')
    expect(read).toBe(Buffer.byteLength(long))
    expect(lstatSync(path).isFIFO()).toBe(true)
  })

  test('a socket takes everything, and stays', async () => {
    const path = join(tempDir(), 'socket')
    let read = 0
    const server = createServer((socket) => {
      socket.on('data', (block) => {
        read += block.length
      })
    })
    await new Promise<void>((done) => server.listen(path, done))
    onTestFinished(() => void server.close())
    const ended = once(server, 'connection').then(([socket]) => once(socket, 'end'))
    await write(path, long)
    await ended
    expect(read).toBe(Buffer.byteLength(long))
    expect(lstatSync(path).isSocket()).toBe(true)
  })

  test('a link is written through to its target, which need not be there yet', async () => {
    const folder = tempDir()
    mkdirSync(join(folder, 'elsewhere'))
    for (const name of ['there', 'new']) symlinkSync(join('elsewhere', name), join(folder, name))
    symlinkSync('new', join(folder, 'twice'))
    writeFileSync(join(folder, 'elsewhere/there'), 'before', { mode: 0o644 })
    expect(replacesFile(join(folder, 'there'))).toBe(true)
    expect(replacesFile(join(folder, 'new'))).toBe(false)
    await write(join(folder, 'there'), 'after')
    await write(join(folder, 'twice'), 'new')
    for (const name of ['there', 'new', 'twice']) expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'elsewhere/there'), 'utf8')).toBe('after')
    expect(readFileSync(join(folder, 'elsewhere/new'), 'utf8')).toBe('new')
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['new', 'there'])
  })

  test('links that go round in a circle end in an error', async () => {
    const folder = tempDir()
    symlinkSync('b', join(folder, 'a'))
    symlinkSync('a', join(folder, 'b'))
    await expect(write(join(folder, 'a'), 'x')).rejects.toThrow('cannot write')
    for (const ask of [replacesFile, isStream]) expect(() => ask(join(folder, 'a'))).toThrow('cannot write')
  })

  test('a folder is told, and stays', async () => {
    const folder = tempDir()
    mkdirSync(join(folder, 'a'))
    await expect(write(join(folder, 'a'), 'x')).rejects.toThrow('cannot write')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  const script = `import { openOutput, writeOutput } from ${JSON.stringify(join(import.meta.dirname, 'output.ts'))}
    await writeOutput(await openOutput(process.argv[2]), [Buffer.from('é'.repeat(300000))])`

  test.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])(
    '%s is the output of the process: a pipe, a socket, or a file that goes on',
    (path) => {
      const folder = tempDir()
      const program = join(folder, 'program.mts')
      writeFileSync(program, script)
      const run = spawnSync(process.execPath, ['--no-warnings', program, path], { maxBuffer: 2 ** 24 })
      expect(run.stderr.toString()).toBe('')
      expect(run.stdout.toString()).toBe(long)
      const log = join(folder, 'log')
      writeFileSync(log, 'before\n')
      execFileSync('/bin/sh', ['-c', `"$0" --no-warnings "$1" "$2" >>"$3"`, process.execPath, program, path, log])
      expect(readFileSync(log, 'utf8')).toBe(`before\n${long}`)
      execFileSync('/bin/sh', ['-c', `"$0" --no-warnings "$1" "$2" | cat >"$3"`, process.execPath, program, path, log])
      expect(readFileSync(log, 'utf8')).toBe(long)
      expect(existsSync(program)).toBe(true)
    },
  )
})
