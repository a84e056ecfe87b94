import * as v from 'valibot'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { databaseOf } from '../testing/dialogue.ts'
import { drawn } from '../testing/secrets.ts'
import { tempDir } from '../testing/temp.ts'
import { type Asking, Memory, type MemoryOptions } from './memory.ts'
import { type Answer, questions } from './questions.ts'
import { readSession, readText } from './read-session.ts'
import { searchSessions } from './search-sessions.ts'

const searchInput = questions.search_sessions.input
const readInput = questions.read_session.input

const now = Date.UTC(2026, 10, 28, 12)
const lastWeek = now - 7 * 86_400_000

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', tempDir())
  return () => void vi.unstubAllEnvs()
})

function memoryOf(path: string, more: MemoryOptions = {}): Memory {
  const memory = new Memory({ roots: [path], now: () => now, ...more })
  onTestFinished(() => memory.close())
  return memory
}

const searched = (
  memory: Memory,
  asked: v.InferInput<typeof searchInput>,
  asking: Asking = {},
): Promise<Answer<'search_sessions'>> => memory.ask(asking, (recall) => searchSessions(recall, v.parse(searchInput, asked)))

const read = (memory: Memory, asked: v.InferInput<typeof readInput>, asking: Asking = {}): Promise<Answer<'read_session'>> =>
  memory.ask(asking, (recall) => readSession(recall, v.parse(readInput, asked)))

const token = `ghp_${drawn('memory', 36)}`

describe('search', () => {
  test('tells sessions with the message, what stands there, and why', async () => {
    const path = databaseOf({
      id: 'ses_jwt',
      title: 'Sign in',
      start: lastWeek,
      lines: [
        ['you', 'How long shall a token live?'],
        ['agent', 'We decided that a JWT expires after fifteen minutes.'],
      ],
    })
    const answer = await searched(memoryOf(path), { query: 'jwt expires' })
    expect(answer).toMatchObject({ total: 1, capped: false, next: null, tier: expect.any(String) })
    expect(answer.hits).toEqual([
      {
        session: 'ses_jwt',
        title: 'Sign in',
        when: '2026-11-21T12:00Z',
        project: '/work/app',
        message: 'msg_jwt000001',
        range: ['msg_jwt000001', 'msg_jwt000001'],
        snippet: 'We decided that a JWT expires after fifteen minutes.',
        why: 'jwt, expires in answer; 1 part of the session matches',
      },
    ])
  })

  test('what is only near is found, and said to be', async () => {
    const path = databaseOf({ id: 'ses_a', start: lastWeek, lines: [['you', 'the parser is slow']] })
    const answer = await searched(memoryOf(path), { query: 'parsre' })
    expect(answer).toMatchObject({ tier: 'close', total: 1, hits: [{ session: 'ses_a' }], next: null })
  })

  test('what is near fills what exact answers leave empty, and says so', async () => {
    const path = databaseOf(
      { id: 'ses_near', start: lastWeek + 5000, lines: [['you', 'the tokenizer drops a comma somewhere']] },
      { id: 'ses_exact', start: lastWeek, lines: [['you', 'the tokenizer drops commas']] },
    )
    const { hits, tier, total } = await searched(memoryOf(path), { query: 'tokenizer drops commas' })
    expect({ tier, total }).toEqual({ tier: 'exact', total: 2 })
    expect(hits.map(({ session, why }) => [session, /^(?:close|relevance): /.test(why)])).toEqual([
      ['ses_exact', false],
      ['ses_near', true],
    ])
  })

  test('leaves out what is active, and the session that asks, with all that belongs to it', async () => {
    const lines = [['you', 'about the lighthouse']] as const
    const path = databaseOf(
      { id: 'ses_old', start: lastWeek, lines },
      { id: 'ses_now', start: now - 60_000, lines },
      { id: 'ses_self', start: lastWeek, lines },
      { id: 'ses_child', start: lastWeek, lines, parent: 'ses_self' },
    )
    const memory = memoryOf(path)
    const ids = async (more: object, asking: Asking = {}) =>
      (await searched(memory, { query: 'lighthouse', ...more }, asking)).hits.map(({ session }) => session).sort()
    expect(await ids({})).toEqual(['ses_child', 'ses_old'])
    expect(await ids({ includeActive: true })).toEqual(['ses_child', 'ses_now', 'ses_old'])
    // Where the one that asks is known, others may be active.
    for (const self of ['ses_child', 'ses_self']) expect(await ids({}, { self: self as never })).toEqual(['ses_now', 'ses_old'])
  })

  test('an answer has at most 4 KB, and pages with its cursor tell every session once', async () => {
    const long = `lighthouse ${'ß字 "quoted" '.repeat(400)}`
    const dialogues = Array.from({ length: 23 }, (_, index) => ({
      id: `ses_${String(index).padStart(3, '0')}`,
      title: `"${'字'.repeat(200)}"`,
      start: lastWeek + index * 60_000,
      lines: [['you', long]] as const,
    }))
    const memory = memoryOf(databaseOf(...dialogues))
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const answer = await searched(memory, { query: 'lighthouse', limit: 10, ...(cursor && { cursor }) })
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(4096)
      expect(answer.hits.length).toBeGreaterThan(0)
      expect(answer.total).toBe(23)
      seen.push(...answer.hits.map(({ session }) => session))
      cursor = answer.next
    }
    expect(seen.toSorted()).toEqual(dialogues.map(({ id }) => id))
    expect(new Set(seen).size).toBe(23)
  })

  test('a secret is not told, nor the half of one at the end of a snippet, unless a person wants it so', async () => {
    const text = `${'word '.repeat(32)}lighthouse ${'x'.repeat(100)} TOKEN=${token} ${'more '.repeat(100)}`
    const path = databaseOf({ id: 'ses_a', start: lastWeek, lines: [['you', text]], title: `Use ${token}` })
    for (const query of ['lighthouse', token.slice(4), 'Use']) {
      const told = JSON.stringify((await searched(memoryOf(path), { query })).hits.map(({ title, snippet }) => [title, snippet]))
      for (let at = 0; at + 8 <= token.length; at++) expect(told).not.toContain(token.slice(at, at + 8))
    }
    expect(JSON.stringify(await searched(memoryOf(path, { redact: false }), { query: 'Use' }))).toContain(token)
  })
})

describe('read', () => {
  const path = () =>
    databaseOf({
      id: 'ses_a',
      title: 'Fix it',
      start: lastWeek,
      lines: [
        ['you', 'the test fails'],
        ['thinks', 'hm'],
        ['bash', 'npm test', 'no\n', 1],
        ['agent', `done 😀 \u001b[31mred\u001b[0m\u{e0049}\u{e0067}\u200b, with ${token}`],
      ],
    })

  test('as a person does: tool calls in a line, secrets and control characters gone', async () => {
    const answer = await read(memoryOf(path()), { id: 'ses_a' })
    expect(answer).toMatchObject({ session: 'ses_a', title: 'Fix it', total: 4, next: null, parent: null })
    expect(answer.turns.map(({ n, who, text }) => [n, who, text])).toEqual([
      [1, 'You', 'the test fails'],
      [2, 'build', ''],
      [3, 'build', '[bash] npm test → exit 1, 1 line'],
      [4, 'build', 'done 😀 red, with [redacted:github-token]'],
    ])
    expect(readText(answer)).toContain('#3 build · 2026-11-21T12:00Z · msg_a000002\n[bash] npm test → exit 1, 1 line')
  })

  test('what was thought, and what tools gave, where that is asked for', async () => {
    const { turns } = await read(memoryOf(path()), { id: 'ses_a', include: ['tools', 'reasoning'] })
    expect(turns[1]!.text).toBe('(thinking) hm')
    expect(turns[2]!.text).toContain('output: no')
  })

  test('from a message, the end, or around a hit', async () => {
    const memory = memoryOf(path())
    const numbers = async (more: object) => (await read(memory, { id: 'ses_a', ...more })).turns.map(({ n }) => n)
    expect(await numbers({ from: 3 })).toEqual([3, 4])
    expect(await numbers({ last: 1 })).toEqual([4])
    expect(await numbers({ around: 'msg_a000003' })).toEqual([2, 3, 4])
    expect(await numbers({ from: 99 })).toEqual([])
    await expect(numbers({ around: 'msg_gone' })).rejects.toThrow('no message msg_gone')
    await expect(read(memory, { id: 'ses_gone' })).rejects.toThrow(/no session/)
    await expect(read(memory, { id: 'ses_a', cursor: 'nonsense' })).rejects.toThrow(/no cursor/)
  })

  test('latest is the newest that is not active', async () => {
    const lines = [['you', 'hello']] as const
    const stores = databaseOf({ id: 'ses_old', start: lastWeek, lines }, { id: 'ses_now', start: now - 1000, lines })
    expect((await read(memoryOf(stores), { id: 'latest' }, { here: '/nowhere' })).session).toBe('ses_old')
  })

  test('no answer is longer than asked, none cuts a code point, and cursors lead through every letter', async () => {
    const said = ['😀'.repeat(3000), `"\n\\${'ü'.repeat(900)}`, `${'a '.repeat(745)}${token}${' b'.repeat(350)}`, 'short', '']
    const lines = said.map((text) => ['agent', text] as const)
    const memory = memoryOf(databaseOf({ id: 'ses_long', start: lastWeek, lines }))
    for (const maxChars of [1000, 1777, 5000]) {
      const texts = new Map<number, string>()
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const answer = await read(memory, { id: 'ses_long', maxChars, ...(cursor && { cursor }) })
        expect(JSON.stringify(answer).length).toBeLessThanOrEqual(maxChars)
        expect(readText(answer).length).toBeLessThanOrEqual(maxChars)
        expect(answer.turns.length).toBeGreaterThan(0)
        for (const { n, text } of answer.turns) {
          expect(text.isWellFormed()).toBe(true)
          texts.set(n, (texts.get(n) ?? '') + text)
        }
        cursor = answer.next
      }
      const whole = [...texts.values()].map((text) => text.replace(/(?:\[redacted:github-token\])+/, '<token>'))
      // Not toEqual, which would print every letter.
      expect(whole.map((text, index) => text === said[index]!.replace(token, '<token>'))).toEqual(said.map(() => true))
    }
  })
})

describe('many questions', () => {
  test('a hundred at once get their own answers', async () => {
    const dialogues = Array.from({ length: 20 }, (_, index) => ({
      id: `ses_n${index}x`,
      start: lastWeek,
      lines: [['you', `word${index} common`]] as const,
    }))
    const memory = memoryOf(databaseOf(...dialogues))
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => searched(memory, { query: `word${index % 20}` })))
    expect(answers.map(({ hits }) => hits.map(({ session }) => session))).toEqual(
      Array.from({ length: 100 }, (_, index) => [`ses_n${index % 20}x`]),
    )
  })

  test('one that fails or is given up leaves the others alone', async () => {
    const memory = memoryOf(databaseOf({ id: 'ses_a', start: lastWeek, lines: [['you', 'hello']] }))
    const results = await Promise.allSettled([
      read(memory, { id: 'ses_gone' }),
      searched(memory, { query: 'hello' }, { signal: AbortSignal.abort(new Error('given up')) }),
      searched(memory, { query: 'x'.repeat(100_000) }),
      searched(memory, { query: 'hello' }),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled'])
  })

  test('the first search goes on where it is given up, so that the next finds an index; later ones end', async () => {
    const memory = memoryOf(databaseOf({ id: 'ses_a', start: lastWeek, lines: [['you', 'hello']] }))
    const found = () => {
      const stop = new AbortController()
      return memory.ask({ signal: stop.signal }, async (recall) => {
        stop.abort(new Error('given up'))
        const { results } = await recall.search({ query: 'hello' })
        let count = 0
        for await (const _ of results) count++
        return count
      })
    }
    expect(await found()).toBe(1)
    await expect(found()).rejects.toThrow('given up')
  })

  test('a search ends when the memory is closed', async () => {
    const memory = memoryOf(databaseOf({ id: 'ses_a', start: lastWeek, lines: [['you', 'hello']] }))
    const asked = memory.ask({}, async (recall) => {
      void memory.close()
      const { results } = await recall.search({ query: 'hello' })
      for await (const _ of results) expect.unreachable()
    })
    await expect(asked).rejects.toThrow(/abort/i)
  })
})
