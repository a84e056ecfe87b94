import { readdirSync, readlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestServer } from '../testing/server.ts'
import { copyStore } from '../testing/temp.ts'

/** What this process has open: files by their path, sockets as `socket:[…]`. */
const opened = () =>
  readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(join('/proc/self/fd', name))]
    } catch {
      return [] // closed meanwhile
    }
  })

/** A store in which one session has 16 MB of text. */
function longStore(): { data: string; database: string; id: string } {
  const data = copyStore('1.18.33')
  const database = join(data, 'opencode.db')
  const db = new DatabaseSync(database)
  const { id } = db.prepare('SELECT session_id AS id FROM part WHERE data LIKE \'%"type":"text"%\' LIMIT 1').get() as {
    id: string
  }
  const { message } = db.prepare('SELECT message_id AS message FROM part WHERE session_id = ? LIMIT 1').get(id) as {
    message: string
  }
  const add = db.prepare(
    'INSERT INTO part (id, message_id, session_id, time_created, time_updated, data) SELECT ?, message_id, session_id, 1, 1, ? FROM part WHERE message_id = ? LIMIT 1',
  )
  const long = JSON.stringify({ type: 'text', text: `${'many words '.repeat(9)}\n`.repeat(2000) })
  for (let at = 0; at < 80; at++) add.run(`prt_zzz${String(at).padStart(4, '0')}`, long, message)
  db.close()
  return { data, database, id }
}

/** Asks, and reads nothing of the answer but its beginning. */
function begun(server: TestServer, path: string): Promise<Socket> {
  const { port } = server.server
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', reject)
    socket.once('data', () => {
      socket.pause()
      resolve(socket)
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(server.origin).host}\r\nCookie: ${server.cookie}\r\n\r\n`)
  })
}

function stream(server: TestServer): Promise<IncomingMessage> {
  const headers = { Host: new URL(server.origin).host, Cookie: server.cookie }
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname: '127.0.0.1', port: server.server.port, path: '/api/events', headers, agent: false },
      resolve,
    )
    asked.on('error', reject)
    asked.end()
  })
}

describe.skipIf(process.platform !== 'linux')('readers', () => {
  test('who reads slowly is waited for, who goes in the middle leaves nothing open, and nobody else waits', async () => {
    const { data, database, id } = longStore()
    const server = await TestServer.entered({ roots: [data] })
    const count = () => opened().filter((path) => path === database).length
    expect((await server.ask('/api/sessions')).status).toBe(200)
    const before = count()
    const slow = await Promise.all(Array.from({ length: 3 }, () => begun(server, `/s/${id}/markdown`)))
    // Each reads from a catalog of its own, which would be closed if all had been written into some memory.
    await expect.poll(count).toBe(before + slow.length)
    for (let time = 0; time < 5; time++) expect((await server.ask('/api/sessions')).status).toBe(200)
    expect(count()).toBe(before + slow.length)
    for (const socket of slow) socket.destroy()
    await expect.poll(count).toBe(before)
    const whole = await server.ask(`/s/${id}/markdown`)
    expect(whole.body.length).toBeGreaterThan(14_000_000)
    await expect.poll(count).toBe(before)
  })

  test('hundreds of streams of events hear the same, and are gone when their readers are', async () => {
    const data = copyStore('1.18.33')
    const server = await TestServer.entered({ roots: [data] })
    const sockets = () => opened().filter((path) => path.startsWith('socket:')).length
    const before = sockets()
    const streams = await Promise.all(Array.from({ length: 300 }, () => stream(server)))
    const moved = streams.map(
      (one) =>
        new Promise<void>((resolve) => {
          one.on('data', (chunk: Buffer) => {
            if (chunk.includes('event: moved')) resolve()
          })
          one.on('error', () => {})
        }),
    )
    expect(sockets()).toBeGreaterThanOrEqual(before + 500)
    const db = new DatabaseSync(join(data, 'opencode.db'))
    db.prepare('UPDATE session SET title = ?').run('Another title')
    db.close()
    await Promise.all(moved)
    for (const one of streams) one.destroy()
    await expect.poll(sockets, { timeout: 10_000 }).toBeLessThanOrEqual(before + 4)
    expect((await server.ask('/api/sessions')).body).toContain('Another title')
  })

  test('a thousand requests at once are all answered', async () => {
    const server = await TestServer.entered()
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_item, at) => server.ask(at % 2 ? '/api/sessions?limit=1' : '/')),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })
})
