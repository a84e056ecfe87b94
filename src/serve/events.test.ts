import { request } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestServer } from '../testing/server.ts'
import { copyStore } from '../testing/temp.ts'

/** The names of the events of a stream as they come. */
async function* eventsOf(server: TestServer, path: string): AsyncGenerator<string, void, void> {
  const headers = { Host: new URL(server.origin).host, Cookie: server.cookie }
  const asked = request({ hostname: '127.0.0.1', port: server.server.port, path, headers, agent: false })
  onTestFinished(() => {
    asked.destroy()
  })
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    asked.on('response', resolve)
    asked.on('error', reject)
    asked.end()
  })
  for await (const chunk of response) for (const [, name] of chunk.toString().matchAll(/^event: (\w+)$/gm)) yield name!
}

async function wait(events: AsyncIterator<string, void, void>, wanted: string): Promise<string[]> {
  const before: string[] = []
  for (;;) {
    const { value, done } = await events.next()
    if (done || value === undefined) throw new Error(`no ${wanted}`)
    if (value === wanted) return before
    before.push(value)
  }
}

describe('the stream of events', () => {
  test('tells when something is said in the session that is read, and when something moved elsewhere', async () => {
    const data = copyStore('1.18.33')
    const db = new DatabaseSync(join(data, 'opencode.db'))
    onTestFinished(() => db.close())
    const [one, other] = db.prepare('SELECT id FROM session ORDER BY id').all() as { id: string }[]
    const server = await TestServer.entered({ roots: [data] })
    const events = eventsOf(server, `/api/events?session=${one!.id}`)
    await wait(events, 'hello')
    const say = (id: string) =>
      db
        .prepare(
          "UPDATE part SET data = json_set(data, '$.text', 'a longer text than before'), time_updated = ? WHERE session_id = ?",
        )
        .run(Date.now(), id)
    say(one!.id)
    await wait(events, 'session')
    db.prepare('UPDATE session SET title = ? WHERE id = ?').run('Another title', other!.id)
    expect(await wait(events, 'moved')).not.toContain('session')
    const { sessions } = await server.json<{ sessions: { id: string; title: string }[] }>('/api/sessions?subagents=yes')
    expect(sessions.find(({ id }) => id === other!.id)).toMatchObject({ title: 'Another title' })
  })

  test('the list takes in what came, and lets go what was deleted', async () => {
    const data = copyStore('1.18.33')
    const db = new DatabaseSync(join(data, 'opencode.db'))
    onTestFinished(() => db.close())
    const server = await TestServer.entered({ roots: [data] })
    const list = async () => (await server.json<{ sessions: { id: string; title: string }[] }>('/api/sessions')).sessions
    const before = await list()
    const last = before.at(-1)!
    db.prepare('UPDATE session SET title = ?, time_updated = ? WHERE id = ?').run('Newest now', Date.now(), last.id)
    await expect.poll(async () => (await list())[0], { timeout: 20_000 }).toMatchObject({ id: last.id, title: 'Newest now' })
    db.prepare('DELETE FROM session WHERE id = ?').run(before[0]!.id)
    db.prepare('DELETE FROM message WHERE session_id = ?').run(before[0]!.id)
    await expect.poll(async () => (await list()).map(({ id }) => id), { timeout: 20_000 }).not.toContain(before[0]!.id)
  })
})
