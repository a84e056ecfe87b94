import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OcvaultError } from '../base/errors.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { times } from '../testing/thorough.ts'
import type { SearchResult } from './hits.ts'
import type { SearchOptions } from './options.ts'
import { search } from './search.ts'
import { suggestion } from './suggestion.ts'

const now = Date.UTC(2026, 10, 21)

async function all(catalog: Catalog, query: string, options: SearchOptions = {}): Promise<SearchResult[]> {
  const results: SearchResult[] = []
  for await (const result of search(catalog, query, { now, ...options })) results.push(result)
  return results
}

/** Of the words of each release so many are looked for, spread over all of them. */
const wordsLookedFor = times(16, 150)

const ids = (results: readonly SearchResult[]) => results.map(({ session }) => session.id)

/** What of a message and its parts is text to search, read from the stored objects without any of the code under test. */
function naiveTexts(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number' && key !== '') return [String(value)]
  if (Array.isArray(value)) return value.flatMap((item) => naiveTexts(item, key))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, item]) => naiveTexts(item, name || 'x'))
  return []
}

/** Words the plain way: lower case, no accents, split at everything that is no letter or digit. */
function naiveWords(text: string): Set<string> {
  const words = new Set<string>()
  for (const word of text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .split(/[^\p{L}\p{N}]+/u)) {
    words.add(word.toLowerCase().slice(0, 100))
    if (word.length > 64) continue
    for (const piece of word
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
      .split(' ')) {
      if (piece.length > 1 && piece !== word) words.add(piece.toLowerCase())
    }
  }
  words.delete('')
  return words
}

/** The texts of a session by message, read the plain way from what its leading copy stores. */
function naiveSession(catalog: Catalog, id: string): Map<string, Set<string>> {
  const messages = new Map<string, Set<string>>()
  const session = catalog.session(id)!
  messages.set('', naiveWords(session.title ?? ''))
  for (const { shape, type, id: messageID, info, parts } of catalog.messages(id)) {
    const texts: string[] = []
    const stored = shape === 'v1' ? parts.map(({ data }) => data) : shape === 'legacy' ? (info.parts as object[]) : []
    for (const part of stored as Record<string, unknown>[]) {
      const state = (part.state ?? {}) as Record<string, unknown>
      const call = (part.toolInvocation ?? {}) as Record<string, unknown>
      if (part.type === 'text' || part.type === 'reasoning') texts.push(String(part.text))
      if (part.type === 'tool') {
        texts.push(
          String(part.tool),
          ...naiveTexts(state.title),
          ...naiveTexts(state.input, 'x'),
          ...naiveTexts(state.output),
          ...naiveTexts(state.error),
        )
      }
      if (part.type === 'tool-invocation')
        texts.push(String(call.toolName), ...naiveTexts(call.args, 'x'), ...naiveTexts(call.result))
      if (part.type === 'patch') texts.push(...(part.files as string[]))
      if (part.type === 'subtask') texts.push(...naiveTexts([part.prompt, part.description, part.agent]))
    }
    if (shape === 'v2' && type !== 'assistant')
      texts.push(...naiveTexts([info.text, info.command, (info.output as { output?: string } | undefined)?.output]))
    if (shape === 'v2' && type === 'compaction') texts.push(...naiveTexts(info.summary))
    if (shape === 'v2' && type === 'assistant') {
      for (const item of info.content as Record<string, unknown>[]) {
        const state = (item.state ?? {}) as Record<string, unknown>
        texts.push(...naiveTexts(item.text), ...naiveTexts(item.name), ...naiveTexts(state.input, 'x'))
        for (const piece of (state.content ?? []) as Record<string, unknown>[]) texts.push(...naiveTexts(piece.text))
      }
    }
    const error = (info.error ?? (info.metadata as Record<string, unknown> | undefined)?.error) as
      | { data?: { message?: string }; message?: string }
      | undefined
    if (error) texts.push(...naiveTexts(error.data?.message ?? error.message))
    messages.set(messageID, new Set(texts.flatMap((text) => [...naiveWords(text)])))
  }
  return messages
}

describe.each(readdirSync(join(storeOf('.'), '..')))('in the store of %s', (release) => {
  test('a word is found in every session that holds it, cited where it stands, and nowhere else', async () => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    const sessions = [...catalog.sessions()].map(({ id }) => ({ id, messages: naiveSession(catalog, id) }))
    const words = new Set(sessions.flatMap(({ messages }) => [...messages.values()].flatMap((set) => [...set])))
    const sample = [...words].filter((word) => /^[a-z0-9]+$/.test(word)).sort()
    const step = Math.max(1, Math.floor(sample.length / wordsLookedFor))
    const rootOf = (id: string): string => {
      const parent = catalog.session(id)?.parentID
      return parent && catalog.session(parent) ? rootOf(parent) : id
    }
    const indexes = tempDir()
    // In the gate fewer words of each release, which has them all.
    for (let at = 0; at < sample.length; at += step) {
      const word = sample[at]!
      const holding = sessions.filter(({ messages }) => [...messages.values()].some((set) => set.has(word)))
      const results = await all(catalog, word, { indexes })
      // What the plain reading does not know of (paths of attachments, notices) may be found besides.
      expect(ids(results), word).toEqual(expect.arrayContaining([...new Set(holding.map(({ id }) => rootOf(id)))]))
      for (const { hits } of results) {
        for (const { sessionID, messageID, snippet, marks, type, field } of hits) {
          const held = sessions.find(({ id }) => id === sessionID)!.messages.get(messageID ?? '')!
          expect(marks.length, `${word} in ${snippet}`).toBeGreaterThan(0)
          for (const [start, end] of marks) expect([...naiveWords(snippet.slice(start, end))]).toContain(word)
          if (
            type !== 'file' &&
            field !== 'path' &&
            type !== 'notice' &&
            type !== 'shell' &&
            type !== 'unknown' &&
            type !== 'error'
          )
            expect([...held]).toContain(word)
        }
      }
      expect(await all(catalog, word), word).toEqual(results)
    }
    expect(await all(catalog, 'nosuchwordanywhere', { indexes })).toEqual([])
    catalog.close()
  })
})

const vocabulary = [
  'token',
  'parseToken',
  'HTTPServer',
  'foo_bar',
  'src/token.ts',
  'café',
  'CAFE',
  '日本語',
  '日',
  '--flag',
  'x1',
  'the',
  'error:',
  'été',
  '🎉',
]
const sentence = fc
  .array(fc.constantFrom(...vocabulary, '\n', '. '), { minLength: 1, maxLength: 6 })
  .map((words) => words.join(' '))

const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text: sentence, synthetic: fc.boolean() }),
  fc.record({ type: fc.constant('reasoning'), text: sentence }),
  fc.record({
    type: fc.constant('tool'),
    tool: fc.constantFrom('bash', 'read', 'edit'),
    state: fc.record({
      status: fc.constant('completed'),
      input: fc.record({ filePath: fc.constantFrom('src/token.ts', '/a/b.md'), command: sentence, count: fc.nat(99) }),
      output: sentence,
    }),
  }),
  fc.record({ type: fc.constant('patch'), files: fc.array(fc.constantFrom('src/token.ts', 'x1'), { maxLength: 2 }) }),
  fc.record({ type: fc.constant('hologram'), text: sentence }),
  fc.record({ type: fc.constant('step-start') }),
)
const message = fc.record({
  role: fc.constantFrom('user', 'assistant'),
  agent: fc.constantFrom('build', 'Plan'),
  summary: fc.constantFrom(undefined, true),
  parts: fc.array(part, { maxLength: 4 }),
})
const session = fc.record({
  title: fc.option(sentence),
  parent: fc.option(fc.nat(5)),
  project: fc.constantFrom('p1', 'p2'),
  age: fc.nat(400),
  archived: fc.boolean(),
  messages: fc.array(message, { maxLength: 4 }),
})

function databaseOf(sessions: readonly (typeof session extends fc.Arbitrary<infer T> ? T : never)[]): string {
  const db = new TestDatabase()
  for (const [s, { title, parent, project, age, archived, messages }] of sessions.entries()) {
    db.session({
      id: `ses_${s}`,
      title: title ?? '',
      parent_id: parent === null || parent >= s ? null : `ses_${parent}`,
      project_id: project,
      directory: `/${project}`,
      time_updated: now - age * 86_400_000,
      time_archived: archived ? now : null,
    })
    for (const [m, { parts, ...info }] of messages.entries()) {
      db.message(`ses_${s}`, `msg_${s}_${m}`, info, now - age * 86_400_000 + m)
      for (const [p, data] of parts.entries()) db.part(`ses_${s}`, `msg_${s}_${m}`, `prt_${s}_${m}_${p}`, data)
    }
  }
  return db.done()
}

const atom = fc.oneof(
  fc.constantFrom(
    ...vocabulary,
    'parse',
    'server',
    'bar',
    'cafe',
    '本',
    'tok*',
    'pars*',
    '"the token"',
    '"日本"',
    '"foo bar"',
    'ts',
    '/to[kx]en/i',
    '/caf/',
    '/oken/',
    '/arset/i',
    '/erver\\b/',
    '/foo\\.bar/',
    '/\\d+/',
    'path:src/token.ts',
    'title:token',
    'Token',
    'missing',
    'tokne',
    'tokens',
    'parse_token',
    'foobar',
    'httpserver',
    '本語日本',
    'what',
  ),
)
const filter = fc.constantFrom(
  'role:user',
  'role:assistant',
  'kind:answer',
  'kind:synthetic',
  'tool:bash',
  'agent:plan',
  'session:ses_1',
  '-the',
  '-"foo bar"',
  '-/x1/',
)
const query = fc
  .tuple(
    fc.array(
      fc.oneof(
        atom,
        fc.tuple(atom, atom).map((pair) => pair.join(' OR ')),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    fc.array(filter, { maxLength: 2 }),
  )
  .map(([atoms, filters]) => [...atoms, ...filters].join(' '))
const options = fc.record(
  {
    sort: fc.constantFrom('relevance' as const, 'newest' as const, 'oldest' as const),
    tier: fc.constantFrom('exact' as const, 'close' as const, 'relevance' as const),
    limit: fc.integer({ min: 1, max: 4 }),
    case: fc.boolean(),
    in: fc.constantFrom(['text'], ['tools', 'paths'], ['title', 'reasoning']),
    archived: fc.constantFrom('only' as const, 'no' as const),
    since: fc.constant(now - 100 * 86_400_000),
    project: fc.constant({ ids: new Set(['p1']), directories: [], except: new Set<string>() }),
    here: fc.constant({ ids: new Set(['p2']), directories: [], except: new Set<string>() }),
  },
  { requiredKeys: [] },
)

test('with an index as without it: the same results, snippets and scores in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(session, { minLength: 1, maxLength: 8 }),
      fc.array(fc.tuple(query, options), { minLength: 8, maxLength: 8 }),
      async (sessions, questions) => {
        const catalog = openCatalog({ roots: [databaseOf(sessions)] })
        const indexes = tempDir()
        for (const [text, settings] of questions) {
          const scanned = await all(catalog, text, settings)
          expect(await all(catalog, text, { ...settings, indexes }), text).toEqual(scanned)
        }
        catalog.close()
      },
    ),
    { numRuns: times(15, 60) },
  )
})

describe('a search', () => {
  const at = (days: number) => now - days * 86_400_000
  const store = () => {
    const db = new TestDatabase()
    db.session({ id: 'ses_title', title: 'The zebra plan', time_updated: at(300) })
    db.session({ id: 'ses_prompt', time_updated: at(300) })
      .message('ses_prompt', 'msg_p', { role: 'user' })
      .part('ses_prompt', 'msg_p', 'prt_p', { type: 'text', text: 'feed the zebra' })
    db.session({ id: 'ses_output', time_updated: at(300) }).message('ses_output', 'msg_o', { role: 'assistant' })
    db.part('ses_output', 'msg_o', 'prt_o', {
      type: 'tool',
      tool: 'bash',
      state: { status: 'completed', input: { command: 'ls' }, output: 'zebra.txt' },
    })
    db.session({ id: 'ses_split', time_updated: at(300) })
    db.message('ses_split', 'msg_s1', { role: 'user' }, 1).part('ses_split', 'msg_s1', 'prt_s1', {
      type: 'text',
      text: 'red panda',
    })
    db.message('ses_split', 'msg_s2', { role: 'user' }, 2).part('ses_split', 'msg_s2', 'prt_s2', {
      type: 'text',
      text: 'blue whale',
    })
    db.session({ id: 'ses_whole', time_updated: at(300) })
      .message('ses_whole', 'msg_w', { role: 'user' })
      .part('ses_whole', 'msg_w', 'prt_w', { type: 'text', text: 'panda and whale' })
    db.session({ id: 'ses_parent', title: 'Parent', time_updated: at(10) })
    db.session({ id: 'ses_child', parent_id: 'ses_parent', time_updated: at(10) })
      .message('ses_child', 'msg_c', { role: 'user' })
      .part('ses_child', 'msg_c', 'prt_c', { type: 'text', text: 'okapi' })
    db.session({ id: 'ses_old', time_updated: at(900) })
      .message('ses_old', 'msg_old', { role: 'user' })
      .part('ses_old', 'msg_old', 'prt_old', { type: 'text', text: 'okapi' })
    db.session({ id: 'ses_sum', time_updated: at(300) })
      .message('ses_sum', 'msg_sum', { role: 'assistant', summary: true })
      .part('ses_sum', 'msg_sum', 'prt_sum', { type: 'text', text: 'about a zebra' })
    return db.done()
  }
  const opened = () => openCatalog({ roots: [store()] })

  test('puts titles and prompts before output, and summaries, which it labels, at the end', async () => {
    const results = await all(opened(), 'zebra', { indexes: tempDir() })
    expect(ids(results)).toEqual(['ses_title', 'ses_prompt', 'ses_output', 'ses_sum'])
    expect(results[3]!.hits[0]).toMatchObject({
      kind: 'compaction',
      field: 'aside',
      sessionID: 'ses_sum',
      messageID: 'msg_sum',
      partID: 'prt_sum',
    })
    expect(results[0]!.hits[0]).toMatchObject({ messageID: null, field: 'title', snippet: 'The zebra plan', marks: [[4, 9]] })
  })

  test('puts words in one message before words in two', async () => {
    expect(ids(await all(opened(), 'panda whale', { indexes: tempDir() }))).toEqual(['ses_whole', 'ses_split'])
  })

  test('shows the hits of a subagent under its root, the newer session first', async () => {
    const results = await all(opened(), 'okapi', { indexes: tempDir() })
    expect(ids(results)).toEqual(['ses_parent', 'ses_old'])
    expect(results[0]!.hits[0]).toMatchObject({ sessionID: 'ses_child', terms: ['okapi'] })
    expect(ids(await all(opened(), 'okapi', { sort: 'oldest' }))).toEqual(['ses_old', 'ses_parent'])
  })

  test('puts the project that the person is in first', async () => {
    const db = new TestDatabase()
    for (const project_id of ['p1', 'p2']) db.session({ id: `ses_${project_id}`, project_id, title: 'zebra', time_updated: now })
    const catalog = openCatalog({ roots: [db.done()] })
    const here = (id: string) => ({ here: { ids: new Set([id]), directories: [], except: new Set<string>() } })
    expect(ids(await all(catalog, 'zebra', here('p1')))[0]).toBe('ses_p1')
    expect(ids(await all(catalog, 'zebra', here('p2')))[0]).toBe('ses_p2')
  })

  test('gives the messages around a hit', async () => {
    const [result] = await all(opened(), 'whale', { context: 1, limit: 2, sort: 'oldest' })
    const around = (await all(opened(), 'blue', { context: 2 }))[0]!.hits[0]!.context!
    expect(around.before.map(({ messageID, text }) => [messageID, text])).toEqual([['msg_s1', 'red panda']])
    expect(around.after).toEqual([])
    expect(result!.hits[0]!.context).not.toBeNull()
  })

  test('offers the nearest spelling', async () => {
    const catalog = opened()
    const indexes = tempDir()
    expect(await suggestion(catalog, 'zerba', { indexes })).toBe('zebra')
    expect(await suggestion(catalog, 'pannda whale', { indexes })).toBe('panda whale')
    expect(await suggestion(catalog, 'xylophone', { indexes })).toBeNull()
    expect(await suggestion(catalog, 'zerba')).toBe('zebra')
  })

  test('can be stopped', async () => {
    const stop = new AbortController()
    stop.abort()
    for (const indexes of [undefined, tempDir()]) {
      await expect(all(opened(), 'zebra', { signal: stop.signal, ...(indexes && { indexes }) })).rejects.toThrow(/abort/i)
    }
  })

  test('gives up an expression that would take for ever', async () => {
    const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
    const catalog = openCatalog({
      roots: [db.part('ses_1', 'msg_1', 'prt_1', { type: 'text', text: `${'a'.repeat(50)}!` }).done()],
    })
    const failure = all(catalog, '/^(a+)+$/')
    await expect(failure).rejects.toBeInstanceOf(OcvaultError)
    await expect(failure).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('make it simpler') })
  })

  test('finds what a foreign writer escaped, and what stands beside escapes', async () => {
    const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
    db.part('ses_1', 'msg_1', 'prt_1', '{"type":"text","text":"caf\\u00e9 \\u7a7a\\u767d\\nnewline \\u0077ord"}')
    const catalog = openCatalog({ roots: [db.done()] })
    for (const word of ['café', '空白', 'newline', 'word']) {
      expect(ids(await all(catalog, word)), word).toEqual(['ses_1'])
      expect(ids(await all(catalog, word, { indexes: tempDir() })), word).toEqual(['ses_1'])
    }
  })
})
