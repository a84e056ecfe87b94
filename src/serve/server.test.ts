import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestServer } from '../testing/server.ts'
import { copyStore, tempDir } from '../testing/temp.ts'
import { securityHeaders } from './headers.ts'

/** Addresses of every kind: what anybody may have, pages, data, and what is not there. */
const everywhere = ['/', '/s/latest', '/api/sessions', '/assets/app.js', '/assets/nothing.js', '/nothing', '/api/nothing']

const expected = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'no-store',
}

describe('every answer', () => {
  test('has all security headers, before the door and behind it, good or bad', async () => {
    expect(Object.keys(securityHeaders).map((name) => name.toLowerCase())).toEqual(Object.keys(expected))
    for (const server of [await TestServer.start(), await TestServer.entered()]) {
      for (const path of everywhere) {
        const kept = path === '/assets/app.js' && { 'cache-control': 'no-cache' }
        expect((await server.ask(path)).headers, path).toMatchObject({ ...expected, ...kept })
      }
      expect(await server.ask('/\\')).toMatchObject({ status: 400, headers: expected })
      for (const method of ['HEAD', 'PUT', 'OPTIONS']) expect((await server.ask('/', { method })).headers).toMatchObject(expected)
      expect((await server.ask('/', { headers: { Host: 'evil.example' } })).headers).toMatchObject(expected)
      expect((await server.post('/enter', { token: 'wrong' })).headers).toMatchObject(expected)
    }
  })
})

describe('the door', () => {
  test('is closed to whoever has no key, and tells nothing', async () => {
    const server = await TestServer.start()
    for (const path of ['/', '/s/latest', '/nothing']) {
      const { status, body } = await server.ask(path)
      expect({ path, status }).toEqual({ path, status: 401 })
      expect(body).not.toMatch(/ses_|parser/i)
    }
    expect(await server.ask('/api/sessions')).toMatchObject({ status: 401, body: expect.stringContaining('not come in') })
    server.cookie = `ocvault-${new URL(server.origin).port}=guessed`
    expect(await server.ask('/api/sessions')).toMatchObject({ status: 401 })
  })

  test('opens once with a token, by a cookie that scripts and other sites do not get', async () => {
    const addresses: string[] = []
    const server = await TestServer.start({ onEntered: (address) => addresses.push(address) })
    const entered = await server.enter()
    expect(entered).toMatchObject({ status: 303, headers: { location: '/' } })
    const { port } = new URL(server.origin)
    expect(entered.headers['set-cookie']).toEqual([
      expect.stringMatching(RegExp(`^ocvault-${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`)),
    ])
    expect((await server.ask('/')).status).toBe(200)
    // The same token does not open it again; the next one does, and both browsers are in.
    const first = server.cookie
    expect((await server.enter()).status).toBe(403)
    expect(server.cookie).toBe(first)
    expect((await server.enter(new URL(addresses[0]!).hash.slice('#token='.length))).status).toBe(303)
    expect(server.cookie).not.toBe(first)
    for (const cookie of [first, server.cookie]) expect((await server.ask('/', { headers: { Cookie: cookie } })).status).toBe(200)
  })

  test('closes behind who leaves', async () => {
    const server = await TestServer.entered()
    expect((await server.post('/leave', {})).status).toBe(303)
    expect((await server.ask('/')).status).toBe(401)
  })

  test('is not opened by a wrong, an empty or an endless token', async () => {
    const server = await TestServer.start()
    for (const token of ['', 'wrong', `${server.token}x`, 'x'.repeat(100_000)])
      expect((await server.enter(token)).status).toBe(403)
    expect(server.cookie).toBe('')
    expect((await server.ask('/')).status).toBe(401)
    expect((await server.enter()).status).toBe(303)
  })
})

describe('refused', () => {
  test('a name that is not ours: rebinding', async () => {
    const server = await TestServer.entered()
    const { port } = new URL(server.origin)
    for (const Host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1', '127.0.0.1:1']) {
      for (const path of ['/', '/api/sessions', '/assets/app.js']) {
        expect((await server.ask(path, { headers: { Host } })).status, `${Host} ${path}`).toBe(403)
      }
    }
    for (const Host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect((await server.ask('/', { headers: { Host } })).status).toBe(200)
    }
  })

  test('a page from elsewhere, whatever it asks', async () => {
    const server = await TestServer.entered()
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: server.origin.replace(/\d+$/, '1') },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
      { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' },
    ]
    for (const headers of foreign) {
      for (const path of ['/', '/api/sessions', '/assets/app.js']) {
        expect((await server.ask(path, { headers })).status, JSON.stringify(headers)).toBe(403)
      }
    }
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    expect((await server.ask('/', { headers: link })).status).toBe(200)
  })

  test('a form from elsewhere, or from nowhere', async () => {
    const server = await TestServer.start()
    const { token } = server
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
    ]) {
      expect((await server.post('/enter', { token }, headers)).status).toBe(403)
    }
    expect((await server.ask('/enter', { method: 'POST', body: `token=${token}` })).status).toBe(403)
    // A page that tells nobody where it comes from says `null`, and the browser says that it is one of ours.
    const own = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
    expect((await server.post('/enter', { token }, own)).status).toBe(303)
  })

  test('anything but reading', async () => {
    const server = await TestServer.entered()
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const headers = { Origin: server.origin }
      expect(await server.ask('/api/sessions', { method, headers })).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
      })
    }
    const head = await server.ask('/api/sessions', { method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
  })

  test('a way out of the folder', async () => {
    const server = await TestServer.entered()
    const ways = [
      '../server.ts',
      '..%2fserver.ts',
      '%2e%2e/%2e%2e/etc/passwd',
      '..\\..\\etc\\passwd',
      '%00',
      'app.js%00',
      '/etc/passwd',
    ]
    for (const way of ways) {
      const { status, body } = await server.ask(`/assets/${way}`)
      expect({ way, status }).toEqual({ way, status: way.includes('\\') ? 400 : 404 })
      expect(body).not.toContain('root:')
    }
  })

  test('what is too long, misspelt, or no number', async () => {
    const server = await TestServer.entered()
    expect((await server.ask(`/api/search?query=${'x'.repeat(9000)}`)).status).toBe(414)
    const endless = server.ask(`/api/search?query=${'x'.repeat(100_000)}`).then(
      ({ status }) => status,
      (error) => error.code,
    )
    expect([431, 'ECONNRESET', 'EPIPE']).toContain(await endless)
    for (const query of ['limit=-1', 'limit=1e3', 'limit=501', 'offset=x', 'since=someday', 'archived=maybe', 'colour=red']) {
      expect(await server.ask(`/api/sessions?${query}`), query).toMatchObject({
        status: 400,
        body: expect.stringContaining('usage'),
      })
    }
    expect((await server.ask('/api/search?query=')).status).toBe(400)
    expect((await server.ask('/s/ses_nothing')).status).toBe(404)
    expect((await server.ask('/s/%ff')).status).toBeGreaterThanOrEqual(400)
  })

  test('a piece of an answer: there are no ranges to play with', async () => {
    const server = await TestServer.entered()
    const whole = await server.ask('/assets/app.js')
    for (const Range of ['bytes=0-1', 'bytes=0-0,0-0,0-0', 'bytes=99999-']) {
      expect(await server.ask('/assets/app.js', { headers: { Range } })).toMatchObject({ status: 200, body: whole.body })
    }
  })

  test('what is no HTTP at all ends, and the server goes on', async () => {
    const server = await TestServer.entered()
    const { hostname, port } = new URL(server.origin)
    for (const bytes of [
      '\x16\x03\x01\x02',
      'GET / HTTP/9.9\r\n\r\n',
      'GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    ]) {
      const said = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname, () => socket.end(bytes))
        let text = ''
        socket.on('data', (data) => {
          text += data
        })
        socket.on('close', () => resolve(text))
        socket.on('error', () => resolve(text))
      })
      expect(said).toMatch(/^HTTP\/1\.1 4\d\d|^$/)
    }
    expect((await server.ask('/')).status).toBe(200)
  })
})

test('a thousand connections that say nothing keep nobody out', async () => {
  const server = await TestServer.entered()
  const sockets = Array.from({ length: 1000 }, () => connect(server.server.port, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  for (const socket of sockets.slice(0, 500)) socket.write('GET / HTTP/1.1\r\nHost: ')
  expect((await server.ask('/api/sessions')).status).toBe(200)
  for (const socket of sockets) socket.destroy()
})

test('a store that goes while it is shown is a problem, and no end', async () => {
  const data = copyStore('1.18.33')
  const server = await TestServer.entered({ roots: [data] })
  expect((await server.json<{ total: number }>('/api/sessions')).total).toBeGreaterThan(0)
  rmSync(data, { recursive: true })
  await expect.poll(async () => (await server.ask('/api/sessions')).body, { timeout: 20_000 }).toContain('"total":0')
  expect((await server.ask('/')).status).toBe(200)
  expect((await server.ask('/s/latest')).status).toBe(404)
  expect((await server.ask('/health/view')).body).toContain('opencode')
})

describe('for a team', () => {
  const token = 'a-token-of-at-least-32-characters-x'
  const fileOf = (text: string) => {
    const path = join(tempDir(), 'token')
    writeFileSync(path, text)
    return path
  }

  test('other machines are let near only by an address and a token', async () => {
    for (const options of [{}, { publicURL: 'https://x.example' }, { tokenFile: fileOf(token) }]) {
      await expect(TestServer.start({ host: '0.0.0.0', ...options })).rejects.toThrow('open to other machines')
    }
    await expect(TestServer.start({ tokenFile: fileOf('short\n') })).rejects.toThrow('no token')
    await expect(TestServer.start({ publicURL: 'https://x.example/path' })).rejects.toThrow('no address')
    await expect(TestServer.start({ publicURL: 'ftp://x.example' })).rejects.toThrow('no address')
  })

  test('everybody comes with the same token, under the name of the proxy, and programs send it along', async () => {
    const options = { host: '0.0.0.0', publicURL: 'https://sessions.example', tokenFile: fileOf(`${token}\nmore\n`) }
    const server = await TestServer.start(options)
    expect(server.server.address).toBe('https://sessions.example/')
    for (let browser = 0; browser < 2; browser++) {
      const entered = await server.enter(token)
      expect(entered.headers['set-cookie']).toEqual([expect.stringMatching(/; HttpOnly; Secure; SameSite=Strict$/)])
      expect((await server.ask('/')).status).toBe(200)
    }
    server.cookie = ''
    const program = (Authorization: string) => server.ask('/api/sessions', { headers: { Authorization } })
    expect((await program(`Bearer ${token}`)).status).toBe(200)
    for (const wrong of [`Bearer ${token}x`, `Basic ${token}`, token]) expect((await program(wrong)).status).toBe(401)
    expect((await server.ask('/', { headers: { Host: 'sessions.example:444' } })).status).toBe(403)
  })

  test('a token that opens once is no password for programs', async () => {
    const server = await TestServer.start()
    expect((await server.ask('/api/sessions', { headers: { Authorization: `Bearer ${server.token}` } })).status).toBe(401)
  })
})
