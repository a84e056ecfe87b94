import { describe, expect, test } from 'vitest'
import { TestServer } from '../testing/server.ts'

const tokenIn = (page: string) => /name="token" value="([^"]+)"/.exec(page)![1]!

async function firstSession(server: TestServer): Promise<string> {
  const { sessions } = await server.json<{ sessions: { id: string }[] }>('/api/sessions')
  return sessions[0]!.id
}

describe('an export', () => {
  test('is planned on a page, and downloaded with its form', async () => {
    const server = await TestServer.entered()
    const id = await firstSession(server)
    const plan = await server.ask(`/s/${id}/export`)
    expect(plan.body).toContain('Nothing here is changed.')
    for (const [format, begins] of [
      ['md', '---\n'],
      ['html', '<!DOCTYPE html>'],
      ['opencode', '{\n  "info": {'],
      ['jsonl', '{"type":"session"'],
    ] as const) {
      const file = await server.post(`/s/${id}/export`, { token: tokenIn(plan.body), format })
      expect(file.status).toBe(200)
      expect(file.headers['content-disposition']).toMatch(/^attachment; filename="\d{4}-\d\d-\d\d-[\w-]+\.\w+"/)
      expect(file.headers['content-type']).toBe('application/octet-stream')
      expect(file.body.startsWith(begins), format).toBe(true)
    }
    expect((await server.post(`/s/${id}/export`, { token: tokenIn(plan.body), format: 'exe' })).status).toBe(400)
  })

  test('needs the form of this browser, for this session', async () => {
    const server = await TestServer.entered()
    const id = await firstSession(server)
    const { sessions } = await server.json<{ sessions: { id: string }[] }>('/api/sessions')
    const foreign = tokenIn((await server.ask(`/s/${sessions[1]!.id}/export`)).body)
    for (const token of ['', 'guessed', foreign]) {
      expect((await server.post(`/s/${id}/export`, { token, format: 'md' })).status).toBe(409)
    }
    const own = tokenIn((await server.ask(`/s/${id}/export`)).body)
    const elsewhere = { Origin: 'https://evil.example' }
    expect((await server.post(`/s/${id}/export`, { token: own, format: 'md' }, elsewhere)).status).toBe(403)
  })

  test('is not there where things can only be read', async () => {
    const server = await TestServer.entered({ isReadOnly: true })
    const id = await firstSession(server)
    expect((await server.ask(`/s/${id}/export`)).status).toBe(404)
    expect((await server.post(`/s/${id}/export`, { token: '', format: 'md' })).status).toBe(405)
    expect((await server.ask(`/s/${id}`)).body).not.toContain('/export')
  })
})

describe('pages', () => {
  test('read without scripts: the list in pieces, a session with links to its pieces, stats and health', async () => {
    const server = await TestServer.entered()
    const list = (await server.ask('/')).body
    const id = await firstSession(server)
    expect(list).toContain(`href="/s/${id}"`)
    const page = (await server.ask(`/s/${id}`)).body
    expect(page).toMatch(/<section class="message prompt/)
    expect((await server.ask('/stats/view')).body).toMatch(/<svg class="chart calendar"/)
    const health = (await server.ask('/health/view')).body
    expect(health).toContain('sqlite-v1')
    expect((await server.ask('/health/view?examine=yes')).body).toMatch(/All is well|Nothing to mend|to gain|<li>/)
  })

  test('a conversation is there as Markdown, to be copied', async () => {
    const server = await TestServer.entered()
    const { headers, body } = await server.ask(`/s/${await firstSession(server)}/markdown`)
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(body).toMatch(/^---\nid: /)
  })

  test('any piece of a conversation is what the whole has there', async () => {
    const server = await TestServer.entered()
    const { sessions } = await server.json<{ sessions: { id: string }[] }>('/api/sessions?subagents=yes')
    for (const { id } of sessions) {
      const sections = (html: string) => html.match(/<section class="message[\s\S]*?<\/section>/g) ?? []
      const idOf = (section: string) => / id="([^"]+)"/.exec(section)![1]!
      const whole = sections((await server.ask(`/s/${id}/view`)).body)
      const strip = (list: readonly string[]) => list.map((each) => each.replace(' late"', '"'))
      for (const at of [0, Math.floor(whole.length / 2), whole.length - 1]) {
        if (whole.length === 0) continue
        const piece = async (query: string) => strip(sections((await server.ask(`/s/${id}/piece?${query}`)).body))
        const name = idOf(whole[at]!)
        expect(await piece(`from=${name}`)).toEqual(strip(whole.slice(at)))
        expect(await piece(`after=${name}`)).toEqual(strip(whole.slice(at + 1)))
        expect(await piece(`before=${name}`)).toEqual(strip(whole.slice(0, at)))
        expect(await piece(`at=${name}`)).toEqual(strip(whole.slice(Math.max(0, at - 2))))
      }
      expect(strip(sections((await server.ask(`/s/${id}/piece?end=yes`)).body))).toEqual(strip(whole))
    }
  })
})
