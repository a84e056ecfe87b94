import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { blocksOf } from '../../../base/blocks.ts'
import { GrowingFile } from '../../../base/files.ts'
import { plainSession } from '../../../testing/sessions.ts'
import { storeOf, tempDir } from '../../../testing/temp.ts'
import { ZipOutput } from '../../../zip/zip-file.ts'
import { openInput } from './input.ts'

const [a, b] = [plainSession('a'), plainSession('b', 1, { parentID: 'ses_a' })]

function file(content: string | Uint8Array, name = 'in.json'): string {
  const path = join(tempDir(), name)
  writeFileSync(path, content)
  return path
}

async function idsIn(...paths: string[]): Promise<string[]> {
  const input = await openInput(paths)
  try {
    expect(input.problems).toEqual([])
    return input.sessions.map(({ id }) => id)
  } finally {
    input.close()
  }
}

/** A session whole, as its messages and parts are named. */
async function shapeOf(path: string): Promise<unknown> {
  const input = await openInput([path])
  const stored = await input.sessions[0]!.load()
  const messages = Array.from(stored.messages, ({ id, parts }) => [id, ...parts.map((part) => part.id)])
  input.close()
  return { id: stored.info.id, messages }
}

const shared = [
  { type: 'session', data: a.info },
  { type: 'model', data: [{ id: 'm' }] },
  ...a.messages
    .toReversed()
    .flatMap(({ info, parts }) => [...parts.map((data) => ({ type: 'part', data })), { type: 'message', data: info }]),
]
const shape = { id: 'ses_a', messages: a.messages.map(({ info, parts }) => [info.id, ...parts.map(({ id }) => id)]) }

describe('sessions are found in', () => {
  test.each([
    ['an export', JSON.stringify(a)],
    ['an export with a key of ocvault', JSON.stringify({ ...a, ocvault: { version: 1 } })],
    ['what a share page serves', JSON.stringify(shared)],
    [
      'what it served up to 1.1',
      JSON.stringify({
        info: a.info,
        messages: Object.fromEntries(a.messages.map(({ info, parts }) => [info.id, { ...info, parts }])),
      }),
    ],
    ['the same, a line each', shared.map((item) => JSON.stringify(item)).join('\n')],
    ['one with the line that belongs on stderr, and a byte order mark', `\uFEFFExporting session: ses_a\n${JSON.stringify(a)}\n`],
    ['one in UTF-16', Buffer.from(`\uFEFF${JSON.stringify(shared)}`, 'utf16le')],
  ])('%s', async (_label, content) => {
    expect(await shapeOf(file(content))).toEqual(shape)
  })

  test('what share pages of 0.1 served, whose messages held everything', async () => {
    const message = {
      id: 'msg_1',
      role: 'user',
      parts: [{ type: 'text', text: 'hi' }],
      metadata: { time: { created: 5 }, sessionID: 'ses_a', tool: {} },
    }
    const input = await openInput([file(JSON.stringify({ info: a.info, messages: { msg_1: message } }))])
    const [stored] = (await input.sessions[0]!.load()).messages
    expect(stored).toMatchObject({ shape: 'legacy', id: 'msg_1', created: 5, info: message })
  })

  test.each([
    ['a list of exports', JSON.stringify([a, b])],
    ['exports in lines', `${JSON.stringify(a)}\n\n${JSON.stringify(b)}\n`],
  ])('%s', async (_label, content) => {
    expect(await idsIn(file(content))).toEqual(['ses_a', 'ses_b'])
  })

  test('a folder, whatever else is in it', async () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'b.json'), JSON.stringify(b))
    writeFileSync(join(folder, 'a.JSON'), JSON.stringify(a))
    writeFileSync(join(folder, 'notes.md'), '# Notes')
    mkdirSync(join(folder, 'more.json'))
    expect(await idsIn(folder)).toEqual(['ses_a', 'ses_b'])
  })

  test('stores of every kind', async () => {
    expect(await idsIn(storeOf('1.18.33'))).toHaveLength(9)
    expect(await idsIn(join(storeOf('1.18.33'), 'opencode.db'))).toHaveLength(9)
    expect((await idsIn(storeOf('0.1.174'))).length).toBeGreaterThan(3)
    expect((await idsIn(join(storeOf('1.1.65'), 'storage'))).length).toBeGreaterThan(3)
  })

  test('a zip, by its directory, and under any name', async () => {
    const path = join(tempDir(), 'x.zip')
    const zip = new ZipOutput(new GrowingFile(path))
    await zip.add('deep/b.json', blocksOf([JSON.stringify(b)]))
    await zip.add('readme.txt', blocksOf(['no session']))
    await zip.add('a.json', blocksOf([JSON.stringify(a)]))
    await zip.finish()
    const renamed = join(tempDir(), 'no-ending')
    copyFileSync(path, renamed)
    expect(await idsIn(path)).toEqual(['ses_b', 'ses_a'])
    expect(await idsIn(renamed)).toEqual(['ses_b', 'ses_a'])
  })
})

describe('what cannot be read is named', () => {
  const text = JSON.stringify(a)

  test.each([
    ['a file that is cut off', text.slice(0, 700), 'ends in the middle, after 700 bytes'],
    ['a list that is cut off', JSON.stringify(shared).slice(0, 800), 'ends in the middle, after 800 bytes'],
    [
      'lines that are cut off',
      `${text}\n${text.slice(0, 100)}`,
      `ends in the middle of a line, after ${(text.length + 101).toLocaleString('en')} bytes`,
    ],
    ['a damaged line', `${text}\n{"info": oops}\n${text}`, 'is damaged in line 2'],
    ['an export through a pipe', JSON.stringify({ ...a, filler: 'x'.repeat(70_000) }).slice(0, 65_536), 'is cut at 65,536 bytes'],
    ['another file', 'hello', 'is not JSON'],
    ['nothing', '', 'is empty'],
    ['other JSON', '{"a":1}', 'not an exported session'],
    ['lines to read', '{"type":"session","id":"ses_a"}\n{"type":"message","sessionID":"ses_a"}', 'has sessions to read'],
  ])('%s', async (_label, content, reason) => {
    await expect(openInput([file(content)])).rejects.toThrow(reason)
  })

  test('an address, and where the data of a share link is', async () => {
    await expect(openInput(['https://opncd.ai/share/Ab12'])).rejects.toThrow(
      'save https://opncd.ai/api/share/Ab12/data to a file',
    )
    await expect(openInput(['http://localhost/x.json'])).rejects.toThrow('save http://localhost/x.json to a file')
  })

  test('a path where nothing is, and a folder without sessions', async () => {
    await expect(openInput([join(tempDir(), 'none')])).rejects.toThrow('no such file or folder')
    await expect(openInput([tempDir()])).rejects.toThrow('no sessions in')
  })

  test('one file of many, which does not keep the others out', async () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'a.json'), text)
    writeFileSync(join(folder, 'b.json'), text.slice(0, 500))
    const input = await openInput([folder])
    expect(input.sessions.map(({ id }) => id)).toEqual(['ses_a'])
    expect(input.problems).toEqual([{ path: join(folder, 'b.json'), reason: 'ends in the middle, after 500 bytes' }])
  })

  test('a file that is not what the index says, and one that is missing', async () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'a.json'), text)
    const entry = { id: 'ses_a', title: 'x', parentID: null, sha256: '0'.repeat(64) }
    writeFileSync(
      join(folder, 'index.json'),
      JSON.stringify([
        { ...entry, file: 'a.json' },
        { ...entry, file: 'gone.json' },
      ]),
    )
    const { sessions, problems } = await openInput([folder])
    expect(sessions).toEqual([])
    expect(problems.map(({ reason }) => reason)).toEqual([
      'is not the file that index.json lists: it was changed or damaged',
      'index.json lists it, but it is not there',
    ])
  })
})

/** A zip of one deflated entry whose directory may lie about it. */
function craftedZip(name: string, content: Buffer, { claimed = content.length, copies = 1 } = {}): string {
  const packed = deflateRawSync(content)
  const fields = (signature: number, more: number) => {
    const header = Buffer.alloc(more)
    header.writeUInt32LE(signature, 0)
    return header
  }
  const local = fields(0x04034b50, 30)
  local.writeUInt16LE(20, 4)
  local.writeUInt16LE(8, 8)
  for (const [at, value] of [
    [14, crc32(content)],
    [18, packed.length],
    [22, claimed],
  ] as const)
    local.writeUInt32LE(value, at)
  local.writeUInt16LE(name.length, 26)
  const entry = fields(0x02014b50, 46)
  entry.writeUInt16LE(20, 6)
  entry.writeUInt16LE(8, 10)
  for (const [at, value] of [
    [16, crc32(content)],
    [20, packed.length],
    [24, claimed],
  ] as const)
    entry.writeUInt32LE(value, at)
  entry.writeUInt16LE(name.length, 28)
  const directory = Buffer.concat(Array.from({ length: copies }, () => Buffer.concat([entry, Buffer.from(name)])))
  const end = fields(0x06054b50, 22)
  end.writeUInt16LE(copies, 8)
  end.writeUInt16LE(copies, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return file(Buffer.concat([local, Buffer.from(name), packed, directory, end]), 'x.zip')
}

describe('a zip that means harm', () => {
  const session = Buffer.from(JSON.stringify(a))

  test('is read when it means none', async () => {
    expect(await idsIn(craftedZip('a.json', session))).toEqual(['ses_a'])
  })

  test('and names a place outside is refused', async () => {
    await expect(openInput([craftedZip('../../../a.json', session)])).rejects.toThrow('invalid relative path')
  })

  test('and unpacks to hundreds of times its size is refused', async () => {
    await expect(openInput([craftedZip('a.json', Buffer.alloc(64 * 2 ** 20, 32))])).rejects.toThrow('times its size')
  })

  test('and lies about sizes is a damaged entry', async () => {
    const { sessions, problems } = await openInput([craftedZip('a.json', Buffer.alloc(2 ** 20, 32), { claimed: 100 })])
    expect(sessions).toEqual([])
    expect(problems[0]?.reason).toMatch(/cannot be unpacked/)
  })

  test('and claims gigabytes is refused before anything is unpacked', async () => {
    await expect(openInput([craftedZip('a.json', session, { claimed: 4_000_000_000 })])).rejects.toThrow('larger than 512 MB')
  })

  test('and has one file under many names is refused', async () => {
    await expect(openInput([craftedZip('a.json', session, { copies: 40 })])).rejects.toThrow('overlap')
  })

  test('or is cut off, is not read', async () => {
    const whole = readFileSync(craftedZip('a.json', session))
    await expect(openInput([file(whole.subarray(0, whole.length - 30), 'x.zip')])).rejects.toThrow(/zip/)
  })
})
