import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixture, json, output, repository, type SessionJSON, type ShowJSON, type WhereJSON } from './support/ocvault.ts'
import { tempDir } from './support/temp.ts'

/** The public shapes of `--json`, held fast. UPDATE_GOLDEN=1 writes the files anew, which is a breaking change of the product. */

const releases = readdirSync(join(repository, 'fixtures', 'stores'))

type Shape = string | readonly [Shape] | { readonly [key: string]: Shape }

const tokens = { input: 'number', output: 'number', reasoning: 'number', cache: { read: 'number', write: 'number' } }
const model = { providerID: 'string', modelID: 'string' }

/** Keys in the order in which they are printed; `?` means null, `or` a second kind of value. */
const session: Shape = {
  id: 'string',
  title: 'string?',
  slug: 'string?',
  parentID: 'string?',
  projectID: 'string?',
  directory: 'string?',
  agent: 'string?',
  'model?': model,
  version: 'string?',
  share: 'string?',
  time: { created: 'number', updated: 'number', archived: 'number?' },
  cost: 'number?',
  'tokens?': tokens,
  subagents: 'number',
  copies: [{ store: 'string', path: 'string', updated: 'number', visible: ['string'] }],
}

const message: Shape = {
  id: 'string',
  role: 'string',
  kind: 'string',
  time: { created: 'number?', completed: 'number?' },
  agent: 'string?',
  'model?': model,
  'error?': { name: 'string', message: 'string' },
  'tokens?': tokens,
  cost: 'number?',
  interrupted: 'boolean',
  reverted: 'boolean',
  parts: ['part'],
}

const file: Shape = { id: 'string', type: 'string', mime: 'string?', filename: 'string?', url: 'string?' }
const parts: Readonly<Record<string, Shape>> = {
  text: { id: 'string', type: 'string', text: 'string', synthetic: 'boolean', ignored: 'boolean' },
  reasoning: { id: 'string', type: 'string', text: 'string' },
  tool: {
    id: 'string',
    type: 'string',
    tool: 'string',
    callID: 'string?',
    status: 'string',
    title: 'string?',
    input: 'any',
    output: 'string?',
    error: 'string?',
    exit: 'number?',
    time: { start: 'number?', end: 'number?' },
    compacted: 'boolean',
    sessionID: 'string?',
    attachments: [file],
  },
  file,
  subtask: { id: 'string', type: 'string', agent: 'string?', description: 'string?', prompt: 'string?' },
  step: {
    id: 'string',
    type: 'string',
    phase: 'string',
    snapshot: 'string?',
    reason: 'string?',
    cost: 'number?',
    'tokens?': tokens,
  },
  patch: { id: 'string', type: 'string', hash: 'string?', files: ['string'] },
  retry: { id: 'string', type: 'string', attempt: 'number?', error: 'string?' },
  compaction: { id: 'string', type: 'string', auto: 'boolean', summary: 'string?' },
  shell: { id: 'string', type: 'string', command: 'string', output: 'string?', exit: 'number?' },
  notice: { id: 'string', type: 'string', notice: 'string' },
}

const contextMessage: Shape = { messageID: 'string', role: 'string', kind: 'string', text: 'string' }
const hit: Shape = {
  sessionID: 'string',
  messageID: 'string?',
  partID: 'string?',
  role: 'string?',
  kind: 'string?',
  type: 'string',
  field: 'string',
  tool: 'string?',
  time: 'number?',
  snippet: 'string',
  marks: [['number']],
  terms: ['string'],
  score: 'number',
  'context?': { before: [contextMessage], after: [contextMessage] },
  'range?': 'any',
}
const score: Shape = { score: 'number', text: 'number', together: 'number', recency: 'number', project: 'number' }

/** Where a value differs from its shape; nothing for one that has it, to the last key and the order of keys. */
function differences(value: unknown, shape: Shape, at: string): string[] {
  if (shape === 'any') return []
  if (shape === 'part') {
    const type = (value as { type: string }).type
    return parts[type] ? differences(value, parts[type], `${at}(${type})`) : [`${at}: a part of type ${type}`]
  }
  if (typeof shape === 'string') {
    if (value === null) return shape.endsWith('?') ? [] : [`${at} is null`]
    return typeof value === shape.replace('?', '') ? [] : [`${at} is a ${typeof value}, not a ${shape}`]
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${at} is no list`]
    return value.flatMap((item, index) => differences(item, shape[0], `${at}[${index}]`))
  }
  if (typeof value !== 'object' || value === null) return [`${at} is no object`]
  const wanted = Object.entries(shape)
  const keys = wanted.map(([key]) => key.replace('?', ''))
  if (Object.keys(value).join() !== keys.join()) return [`${at} has ${Object.keys(value).join()}, not ${keys.join()}`]
  return wanted.flatMap(([key, inner]) => {
    const name = key.replace('?', '')
    const item = (value as Record<string, unknown>)[name]
    return key.endsWith('?') && item === null ? [] : differences(item, inner, `${at}.${name}`)
  })
}

/** Paths of the repository, which differ from machine to machine, as paths in it. */
function portable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(`${JSON.stringify(repository).slice(1, -1)}/`, '')) as T
}

function expectGolden(name: string, actual: string): void {
  const path = join(import.meta.dirname, 'golden', name)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual)
  const golden = readFileSync(path, 'utf8')
  if (!name.endsWith('.json')) expect(actual).toBe(golden)
  else expect(JSON.stringify(JSON.parse(actual), null, 2)).toBe(JSON.stringify(JSON.parse(golden), null, 2))
}

describe.each(releases)('the store of %s', (release) => {
  const root = ['--root', fixture(release)]

  test('list, show and where have the public shape', async () => {
    const sessions = await json<SessionJSON[]>(['list', '--subagents', ...root])
    expect(differences(sessions, [session], 'list')).toEqual([])
    const largest = sessions.filter(({ subagents, parentID }) => subagents > 0 || parentID !== null)
    for (const { id } of [...largest, sessions.at(-1)!]) {
      const shown = await json<ShowJSON>(['show', id, ...root])
      expect(differences(shown, { session, messages: [message], subagents: [session] }, 'show')).toEqual([])
    }
    const where = await json<WhereJSON>(['where', ...root])
    const store: Shape = { kind: 'string', path: 'string', sessions: 'number', bytes: 'number', newest: 'number?' }
    const stranded = { ...(session as object), reason: 'string' }
    const shape: Shape = { stores: [store], stranded: [stranded], problems: [{ path: 'string', reason: 'string' }] }
    expect(differences(where, shape, 'where')).toEqual([])
  })
})

test('where of one session names it too', async () => {
  const shown = await json<WhereJSON>(['where', 'ses_e0357cce', '--root', fixture('2.0-constructed')])
  expect(Object.keys(shown)).toEqual(['session', 'stores', 'stranded', 'problems'])
})

test('show --tree has the messages of each subagent', async () => {
  const shown = await json<ShowJSON>(['show', 'ses_e0357cce', '--tree', '--root', fixture('1.18.33')])
  const child: Shape = { ...(session as object), messages: [message] }
  expect(differences(shown.subagents, [child], 'subagents')).toEqual([])
  expect(shown.subagents).toHaveLength(1)
})

const nearWord: Shape = { typed: 'string', found: 'string' }

test('search has the public shape', async () => {
  const root = ['--root', fixture('1.18.33')]
  const found = await json(['search', 'parse* OR flaky', ...root])
  expect(differences(found, [{ session, hits: [hit], total: 'number', tier: 'string', near: [nearWord] }], 'search')).toEqual([])
  expect(found).not.toEqual([])
  const explained = await json(['search', 'parser', '--explain', '-C', '1', ...root])
  expect(
    differences(explained, [{ session, hits: [hit], total: 'number', tier: 'string', near: [nearWord], score }], 'search'),
  ).toEqual([])
})

describe('to the letter', () => {
  const scratch = 'ses_e0357310fffeMiZJceLbVcxdKw'
  const everyKind = 'ses_dfffffffff01bbbbbbbbbbbbb1'

  test.each([
    ['list-1.18.33.json', ['list', '--root', fixture('1.18.33'), '--subagents', '--limit', '3']],
    ['show-1.18.33.json', ['show', scratch, '--root', fixture('1.18.33')]],
    ['show-2.0.json', ['show', everyKind, '--root', fixture('2.0-constructed')]],
    ['where-upgraded.json', ['where', '--root', fixture('upgraded-1.1.65-1.2.1-1.18.33')]],
  ])('%s', async (name, args) => {
    expectGolden(name, `${JSON.stringify(portable(await json(args)), null, 2)}\n`)
  })

  test.each([
    ['list-1.18.33.txt', ['list', '--root', fixture('1.18.33'), '--tree']],
    ['show-1.18.33.txt', ['show', 'ses_e0357cce', '--root', fixture('1.18.33')]],
    ['show-2.0.txt', ['show', everyKind, '--root', fixture('2.0-constructed'), '--full']],
    ['search-1.18.33.txt', ['search', 'usages parseToken', '--root', fixture('1.18.33'), '-C', '1', '--no-index']],
    ['where-upgraded.txt', ['where', '--root', fixture('upgraded-1.1.65-1.2.1-1.18.33')]],
  ])('%s', async (name, args) => {
    // The repository is a home here, so that its paths are short ones on every machine.
    expectGolden(name, await output(args, { home: repository, env: { TZ: 'Europe/Berlin', XDG_CACHE_HOME: tempDir('cache') } }))
  })

  test('a list is JSON with one session a line', async () => {
    const lines = (await output(['list', '--json', '--root', fixture('1.18.33')])).trimEnd().split('\n')
    expect([lines[0], lines.at(-1)]).toEqual(['[', ']'])
    for (const line of lines.slice(1, -1)) expect(JSON.parse(line.replace(/,$/, ''))).toHaveProperty('id')
  })
})
