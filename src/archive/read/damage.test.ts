import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
import { type HandmadeEntry, zipOf } from '../../testing/zip-bytes.ts'
import { writeArchive } from '../write/write.ts'
import { zipSink } from '../write/zip-sink.ts'
import { openArchive } from './reader.ts'
import { verifyArchive } from './verify.ts'

/** An archive of three small sessions, one of them a subagent, and one larger than a block. */
async function smallArchive(large = false): Promise<Buffer> {
  const made = new TestDatabase()
  for (const [index, id] of ['ses_a', 'ses_b', 'ses_c'].entries()) {
    made.session({ id, title: `Session ${id}`, parent_id: index === 1 ? 'ses_a' : null })
    made.message(id, `msg_${id}`, { role: 'user' })
    made.part(id, `msg_${id}`, `prt_${id}`, { type: 'text', text: `said in ${id}` })
  }
  // Not to be compressed away, and more than is compressed at once.
  const long = Array.from({ length: 60_000 }, (_item, index) => `${(index * 2_654_435_761) % 4_294_967_296}`).join(' ')
  if (large)
    for (const part of ['1', '2', '3']) made.part('ses_c', 'msg_ses_c', `prt_${part}`, { type: 'text', text: part + long })
  const catalog = openCatalog({ roots: [made.done()] })
  const path = join(tempDir(), 'a.zip')
  const options = { tool: 'test', time: 1, scope: { all: true }, onProblem: () => undefined }
  await writeArchive(catalog, catalog.sessions(), zipSink(path), options)
  catalog.close()
  return readFileSync(path)
}

let small: Buffer
let large: Buffer
beforeEach(async () => {
  small ??= await smallArchive()
  large ??= await smallArchive(true)
})

function fileOf(bytes: Uint8Array): string {
  const path = join(tempDir(), 'x.zip')
  writeFileSync(path, bytes)
  return path
}

/** Whether verify finds fault with these bytes. */
async function isFound(path: string, bytes: Uint8Array): Promise<boolean> {
  writeFileSync(path, bytes)
  try {
    return !(await verifyArchive(path)).sound
  } catch {
    return true
  }
}

describe('every change of an archive is found', () => {
  test('every single byte of a small one, changed in one bit', async () => {
    const path = fileOf(small)
    expect(await isFound(path, small)).toBe(false)
    const missed: number[] = []
    for (let at = 0; at < small.length; at++) {
      const changed = Buffer.from(small)
      changed[at]! ^= 1 << (at % 8)
      if (!(await isFound(path, changed))) missed.push(at)
    }
    expect(missed).toEqual([])
  })

  test('any byte, any change', async () => {
    const path = fileOf(small)
    const place = fc.nat({ max: small.length - 1 })
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(small)
        changed[at]! ^= change
        expect(await isFound(path, changed)).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  test('a larger one with entries of several blocks', async () => {
    const path = fileOf(large)
    expect(await isFound(path, large)).toBe(false)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: large.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(large)
        changed[at]! ^= change
        expect(await isFound(path, changed)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  test('every length that it can be cut to, and bytes added', async () => {
    const path = fileOf(small)
    const missed: number[] = []
    for (let length = 0; length < small.length; length += 3) {
      if (!(await isFound(path, small.subarray(0, length)))) missed.push(length)
    }
    expect(missed).toEqual([])
    expect(await isFound(path, Buffer.concat([small, Buffer.from('x')]))).toBe(true)
    expect(await isFound(path, Buffer.concat([Buffer.from('x'), small]))).toBe(true)
  })
})

/** Where the entries of an archive begin, and their names. */
const beginnings = (bytes: Buffer) => {
  const found: { at: number; name: string }[] = []
  for (let at = bytes.indexOf('PK\x03\x04'); at >= 0; at = bytes.indexOf('PK\x03\x04', at + 1)) {
    found.push({ at, name: bytes.toString('utf8', at + 30, at + 30 + bytes.readUInt16LE(at + 26)) })
  }
  return found
}

describe('a damaged archive still gives what is whole', () => {
  test.each([false, true])('cut off at each entry (with a large one: %s)', async (withLarge) => {
    const bytes = withLarge ? large : small
    for (const [index, { at }] of beginnings(bytes).entries()) {
      const path = fileOf(bytes.subarray(0, at))
      if (index === 0) {
        await expect(openArchive(path)).rejects.toThrow()
        continue
      }
      const report = await verifyArchive(path)
      expect(report.sound).toBe(false)
      expect(report.sessions).toBe(Math.min(index, 3))
      const archive = await openArchive(path)
      for (const session of archive.manifest.sessions) expect((await archive.document(session)).id).toBe(session.id)
      archive.close()
    }
  })

  test('names the session that is damaged, and gives the others', async () => {
    const entries = beginnings(small)
    const hit = entries.find(({ name }) => name === 'sessions/ses_b.json')!
    const changed = Buffer.from(small)
    changed[hit.at + 120]! ^= 0x55
    const path = fileOf(changed)
    const report = await verifyArchive(path)
    expect(report.sessions).toBe(2)
    const named = report.damage.filter(({ session }) => session !== null)
    expect(named).toMatchObject([{ session: 'ses_b', title: 'Session ses_b', entry: 'sessions/ses_b.json' }])
    const archive = await openArchive(path)
    const [a, b, c] = ['ses_a', 'ses_b', 'ses_c'].map((id) => archive.manifest.sessions.find((session) => session.id === id)!)
    expect((await archive.document(a!)).messages).toHaveLength(1)
    expect((await archive.document(c!)).messages).toHaveLength(1)
    await expect(archive.document(b!)).rejects.toThrow(/ses_b.*damaged/)
    archive.close()
  })

  test('with a directory that is nonsense', async () => {
    const changed = Buffer.from(large)
    const directory = changed.indexOf('PK\x01\x02')
    changed.fill(0x20, directory, directory + 200)
    const path = fileOf(changed)
    const report = await verifyArchive(path)
    expect({ sound: report.sound, sessions: report.sessions, written: report.written }).toEqual({
      sound: false,
      sessions: 3,
      written: 1,
    })
  })
})

describe('archives that mean harm are refused, in a line', () => {
  const session = (name: string): HandmadeEntry => ({ name, content: '{}' })
  const bomb = Buffer.alloc(32 * 2 ** 20)
  test.each<[string, readonly HandmadeEntry[], RegExp]>([
    ['a path upwards', [session('sessions/../../x.json')], /no archive has/],
    ['an absolute path', [session('/etc/passwd')], /no archive has/],
    ['a path of Windows', [session('C:\\x.json')], /no archive has/],
    ['a NUL in a name', [session('sessions/ses_a.json\0.txt')], /no archive has/],
    ['a device of Windows', [session('snapshots/p/con.txt')], /no archive has/],
    ['a hidden file', [session('snapshots/p/.git')], /no archive has/],
    ['a symbolic link', [{ ...session('sessions/ses_a.json'), mode: 0o120777 }], /link or device/],
    ['a device', [{ ...session('sessions/ses_a.json'), mode: 0o060644 }], /link or device/],
    ['one name twice', [session('sessions/ses_a.json'), session('sessions/ses_a.json')], /two entries/],
    ['names that differ in case', [session('sessions/ses_a.json'), session('sessions/ses_A.json')], /two entries/],
    ['a bomb', [{ name: 'sessions/ses_a.json', content: bomb }], /times its size/],
    ['a size too large for any disk', [{ ...session('sessions/ses_a.json'), size: 0xfffffff0, packed: 5 }], /times its size/],
    ['entries in one place', [session('sessions/ses_a.json'), { ...session('sessions/ses_b.json'), offset: 0 }], /overlap/],
    ['an entry beyond the end', [{ ...session('sessions/ses_a.json'), offset: 5000 }], /overlap/],
    ['an encrypted entry', [{ ...session('sessions/ses_a.json'), flags: 0x801 }], /encrypted/],
    ['another compression', [{ ...session('sessions/ses_a.json'), method: 14 }], /compressed/],
  ])('%s', async (_label, entries, reason) => {
    const path = fileOf(zipOf(entries))
    await expect(openArchive(path)).rejects.toMatchObject({ code: 'failed', message: expect.stringMatching(reason) })
    await expect(openArchive(path)).rejects.toMatchObject({ message: expect.not.stringContaining('\n') })
  })

  test('a million entries, in bounded memory', async () => {
    const one = zipOf([session('sessions/ses_a.json')])
    const at = one.indexOf('PK\x01\x02')
    const central = one.subarray(at, one.indexOf('PK\x05\x06'))
    const million = Buffer.alloc(central.length * 1_000_000)
    for (let index = 0; index < 1_000_000; index++) central.copy(million, index * central.length)
    const end = Buffer.from(one.subarray(one.indexOf('PK\x05\x06')))
    end.writeUInt32LE(million.length, 12)
    const before = process.memoryUsage.rss()
    const path = fileOf(Buffer.concat([one.subarray(0, at), million, end]))
    await expect(openArchive(path)).rejects.toThrow(/two entries|more than/)
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 2 ** 20)
  })

  test('another size or name before the content than in the directory', async () => {
    const wrong = zipOf([{ name: 'sessions/ses_a.json', content: '{}', localName: 'sessions/ses_b.json' }])
    await expect(openArchive(fileOf(wrong))).rejects.toThrow(/nothing of it is left/)
    const longer = zipOf([{ name: 'sessions/ses_a.json', content: 'x'.repeat(1000), size: 10 }])
    await expect(openArchive(fileOf(longer))).rejects.toThrow(/nothing of it is left/)
  })

  test('what is no archive', async () => {
    await expect(openArchive(fileOf(Buffer.from('hello')))).rejects.toThrow(/no archive/)
    await expect(openArchive(fileOf(Buffer.alloc(0)))).rejects.toThrow(/no archive/)
    await expect(openArchive(join(tempDir(), 'nothing.zip'))).rejects.toMatchObject({ code: 'not-found' })
  })
})
