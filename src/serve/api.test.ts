import { describe, expect, test } from 'vitest'
import { listSessions } from '../api/sessions.ts'
import { showSession } from '../api/show.ts'
import { messageJSON, sessionJSON } from '../render/json/session-json.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestServer } from '../testing/server.ts'
import { storeOf } from '../testing/temp.ts'

type Session = ReturnType<typeof sessionJSON>
type Message = ReturnType<typeof messageJSON>

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe('the API', () => {
  test('lists what list prints, from any place on', async () => {
    const server = await TestServer.entered()
    const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
    const all = Array.from(await listSessions(catalog, {}), ([session]) => plain(sessionJSON(session)))
    catalog.close()
    const titles = (list: readonly Session[]) => list.map(({ id, time }) => [id, time.updated])
    const whole = await server.json<{ total: number; sessions: Session[] }>('/api/sessions')
    expect(whole.total).toBe(all.length)
    expect(titles(whole.sessions)).toEqual(titles(all))
    const piece = await server.json<{ total: number; offset: number; sessions: Session[] }>('/api/sessions?offset=2&limit=3')
    expect(piece).toMatchObject({ total: all.length, offset: 2 })
    expect(titles(piece.sessions)).toEqual(titles(all.slice(2, 5)))
    expect(await server.json('/api/sessions?offset=1000')).toEqual({ total: all.length, offset: 1000, sessions: [] })
  })

  test('filters, and counts what filters would leave', async () => {
    const server = await TestServer.entered()
    const total = async (query: string) => (await server.json<{ total: number }>(`/api/sessions?${query}`)).total
    const facets = await server.json<Record<'agent' | 'model' | 'directory' | 'store', [string, number][]>>('/api/facets')
    for (const name of ['agent', 'model', 'directory', 'store'] as const) {
      expect(facets[name].length, name).toBeGreaterThan(0)
      for (const [value, sessions] of facets[name]) {
        expect(await total(new URLSearchParams({ [name]: value }).toString()), `${name} ${value}`).toBe(sessions)
      }
    }
    expect(await total('text=FLAKY+parser')).toBeGreaterThan(0)
    expect(await total('text=flaky+nothing')).toBe(0)
    expect(await total('since=2100-01-01')).toBe(0)
    expect(await total('subagents=yes')).toBeGreaterThan(await total(''))
    expect((await total('archived=only')) + (await total('archived=no'))).toBe(await total(''))
  })

  test('gives a session and its messages, piece by piece, as show prints them', async () => {
    const server = await TestServer.entered()
    const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
    const longest = [...catalog.sessions()].map(({ id }) => ({ id, count: [...catalog.messages(id)].length }))
    const { id } = longest.sort((a, b) => b.count - a.count)[0]!
    const shown = await showSession(catalog, { session: id })
    const all = Array.from(shown.messages, (message) => plain(messageJSON(message)))
    expect(await server.json(`/api/sessions/${id}`)).toEqual(plain(sessionJSON(shown.session)))
    catalog.close()
    const read: Message[] = []
    for (let next: string | null = ''; next !== null; ) {
      const piece: { messages: Message[]; next: string | null } = await server.json(
        `/api/sessions/${id}/messages?limit=3${next === '' ? '' : `&after=${next}`}`,
      )
      expect(piece.messages.length).toBeLessThanOrEqual(3)
      read.push(...piece.messages)
      next = piece.next
    }
    expect(read).toEqual(all)
    expect(await server.ask(`/api/sessions/${id}/messages?after=msg_nothing`)).toMatchObject({ status: 404 })
  })

  test('searches, and says what was found instead', async () => {
    const server = await TestServer.entered()
    const { results } = await server.json<{ results: { session: Session; hits: { messageID: string; snippet: string }[] }[] }>(
      '/api/search?query=parsetoken',
    )
    expect(results.length).toBeGreaterThan(0)
    expect(results[0]!.hits[0]).toMatchObject({
      messageID: expect.stringMatching(/^msg_/),
      snippet: expect.stringMatching(/parseToken/i),
    })
    const near = { tier: 'close', near: [{ typed: 'parsetokem', found: 'parsetoken' }] }
    expect((await server.json<{ results: object[] }>('/api/search?query=parsetokem')).results[0]).toMatchObject(near)
    expect(await server.ask('/api/search?query=%22')).toMatchObject({ status: expect.any(Number) })
  })

  test('tells of every store what where prints', async () => {
    const server = await TestServer.entered()
    expect(await server.json('/api/stores')).toMatchObject({
      stores: [{ kind: 'sqlite-v1', path: expect.stringMatching(/opencode\.db$/), sessions: 9 }],
      problems: [],
    })
  })

  test('does not say again what has not changed', async () => {
    const server = await TestServer.entered()
    const { headers } = await server.ask('/api/sessions')
    const again = await server.ask('/api/sessions', { headers: { 'If-None-Match': headers.etag! } })
    expect(again).toMatchObject({ status: 304, body: '' })
    const other = await TestServer.entered()
    expect((await other.ask('/api/sessions', { headers: { 'If-None-Match': headers.etag! } })).status).toBe(200)
  })
})
