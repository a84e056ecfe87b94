import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { allowFrom } from '../redact/allow.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { emptyDatabase, plainSession, sessionFiles, sessionIn } from '../testing/sessions.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { placeOf, scopeWords } from './backup.ts'
import { exportDocument, exportFiles } from './export.ts'
import { importFrom } from './import.ts'
import { scanFile, scanSessions } from './scan.ts'
import { searchSessions } from './search.ts'
import { showSession } from './show.ts'
import { changes, undo } from './undo.ts'
import { placesLookedIn, whereStands } from './where.ts'

const parent = 'ses_e0357cce2ffe66y22yqwafqA4x'
const scratch = '/home/dev/v1.18.33/work/scratch'

function open(root = storeOf('1.18.33')): Catalog {
  const catalog = openCatalog({ roots: [root] })
  onTestFinished(() => catalog.close())
  return catalog
}

const silent = () => {}

describe('show', () => {
  test('a session, its messages, and the sessions that it started', async () => {
    const { session, messages, subagents } = await showSession(open(), { session: parent })
    expect(session.id).toBe(parent)
    expect([...messages].length).toBeGreaterThan(2)
    expect(subagents).toHaveLength(1)
    expect(subagents[0]).not.toHaveProperty('messages')
  })

  test('a part of it, and with its subagents as a tree', async () => {
    const whole = await showSession(open(), { session: parent, tree: true })
    expect([...whole.subagents[0]!.messages!].length).toBeGreaterThan(0)
    const ids = Array.from(whole.messages, ({ id }) => id)
    const last = await showSession(open(), { session: parent, last: 1 })
    expect(Array.from(last.messages, ({ id }) => id)).toEqual(ids.slice(-1))
    const one = await showSession(open(), { session: parent, message: ids[0] })
    expect(Array.from(one.messages, ({ id }) => id)).toEqual(ids.slice(0, 1))
  })
})

describe('search', () => {
  const found = async (query: string, more: object = {}) => {
    const { results } = await searchSessions(open(), { query, index: false, ...more })
    const ids: string[] = []
    for await (const { session } of results) ids.push(session.id)
    return ids
  }

  test('finds by words, and as narrow as it is asked', async () => {
    const all = await found('parser')
    expect(all.length).toBeGreaterThan(1)
    expect(await found('parser', { limit: 1 })).toEqual(all.slice(0, 1))
    expect(await found('parser', { session: parent })).toEqual([parent])
    expect(await found('parser', { project: scratch })).toEqual([])
    expect(await found('parser', { until: 1 })).toEqual([])
  })

  test('a directory that is gone has nothing near; a word that is misspelt has', async () => {
    expect((await found('parser', { here: '/gone' })).length).toBeGreaterThan(1)
    vi.stubEnv('XDG_CACHE_HOME', tempDir())
    onTestFinished(() => void vi.unstubAllEnvs())
    const { results, suggestion } = await searchSessions(open(), { query: 'parsre', tier: 'exact' })
    for await (const _result of results) expect.unreachable()
    expect(await suggestion()).toBe('parser')
    for await (const { tier, near } of (await searchSessions(open(), { query: 'parsre' })).results)
      expect([tier, ...near]).toEqual(expect.arrayContaining(['close', { typed: 'parsre', found: 'parser' }]))
  })
})

test('where: every store, or the copies of one session', async () => {
  expect((await whereStands(open(), {})).stores.length).toBeGreaterThan(0)
  expect((await whereStands(open(), { session: parent })).session?.id).toBe(parent)
  vi.stubEnv('OPENCODE_DB', '/srv/own.db')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(placesLookedIn()[0]).toBe('/srv/own.db')
})

describe('export', () => {
  const onProblem = silent

  test('one session is one document, several are none', async () => {
    const pieces = await exportDocument(open(), { sessions: [parent], format: 'opencode' }, { onProblem })
    expect(JSON.parse([...pieces!].join('')).info.id).toBe(parent)
    await expect(exportDocument(open(), { format: 'opencode' }, { onProblem })).rejects.toThrow(
      expect.objectContaining({ code: 'usage', hint: 'export-files' }),
    )
    expect(await exportDocument(open(), { format: 'md', until: 1 }, { onProblem })).toBeUndefined()
  })

  test('files go into a file, a folder or a zip, as many as there are', async () => {
    const folder = tempDir()
    const options = { force: false, onProblem }
    const write = (output: string, request: object) =>
      exportFiles(open(), { format: 'opencode', ...request }, join(folder, output), options)
    expect(await write('one.json', { sessions: [parent], tree: false })).toEqual({ kind: 'file', path: join(folder, 'one.json') })
    await expect(write('one.json', { sessions: [parent], tree: false })).rejects.toThrow(
      expect.objectContaining({ code: 'refused', hint: 'force' }),
    )
    expect(await write('new/', { sessions: [parent], tree: false })).toMatchObject({ kind: 'file' })
    await expect(write('all.json', {})).rejects.toThrow(expect.objectContaining({ code: 'usage' }))
    expect(await write('tree/', { sessions: [parent], tree: true })).toMatchObject({ kind: 'files', index: { length: 2 } })
    expect(await write('all.zip', {})).toMatchObject({ kind: 'files', index: { length: 9 } })
  })
})

test('import and undo: what is brought in is taken back by the beginning of its name', async () => {
  vi.stubEnv('XDG_DATA_HOME', tempDir())
  onTestFinished(() => void vi.unstubAllEnvs())
  const [root, project] = [emptyDatabase(), tempDir()]
  const paths = [sessionFiles(plainSession('a'))]
  await expect(importFrom({ paths, root })).rejects.toThrow(expect.objectContaining({ code: 'usage' }))
  await expect(importFrom({ paths, root, project: '/gone' })).rejects.toThrow('no such directory: /gone')
  expect((await importFrom({ paths, root, project, dryRun: true })).change).toBeNull()
  const { change } = await importFrom({ paths, root, project })
  expect(sessionIn(root, 'ses_a')).toBeDefined()
  expect(changes([root], silent).map(({ id }) => id)).toEqual([change])
  expect(changes([emptyDatabase()], silent)).toEqual([])
  expect(() => undo({ change: 'none' }, silent)).toThrow(expect.objectContaining({ code: 'not-found', hint: 'changes' }))
  expect(undo({ change: change!.slice(0, 8), dryRun: true }, silent)).toMatchObject({ change, dryRun: true })
  expect(sessionIn(root, 'ses_a')).toBeDefined()
  expect(undo({}, silent).removed).toHaveLength(1)
  expect(sessionIn(root, 'ses_a')).toBeUndefined()
  expect(() => undo({}, silent)).toThrow('nothing to take back')
})

describe('scan', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`

  test('a file of any kind', async () => {
    const folder = tempDir()
    const allow = await allowFrom({})
    const at = (name: string, content: string) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    for (const path of [
      at('a.txt', `export GH_TOKEN=${token}`),
      at('b.json', JSON.stringify({ env: [`export GH_TOKEN=${token}`] })),
      at('cut.json', `{"env":["export GH_TOKEN=${token}"`),
      at('lines.jsonl', `{"a":1}\n{"env":"export GH_TOKEN=${token}"}\n`),
    ]) {
      const found = []
      for await (const { file, findings } of scanFile(path, { allow }, silent)) found.push([file, findings.length])
      expect(found).toEqual([[path, 1]])
    }
    await expect(scanFile(join(folder, 'none'), { allow }, silent)[Symbol.asyncIterator]().next()).rejects.toThrow('no such file')
  })

  test('sessions with their subagents, and nothing where there is nothing', async () => {
    const scanned = []
    for await (const each of scanSessions(open(), { sessions: [parent] }, {})) scanned.push(each)
    expect(scanned).toHaveLength(1)
    expect(scanned[0]).toMatchObject({ session: { id: parent }, file: null, ids: { length: 2 } })
  })
})

describe('backup', () => {
  test('a manifest says what was asked for', () => {
    expect(scopeWords({})).toEqual({ all: true })
    expect(scopeWords({ since: '7d' })).toEqual({ all: false, since: '7d' })
    expect(scopeWords({ project: '/work', text: ['x'] })).toEqual({ project: '/work', text: ['x'] })
  })

  test('a file is named after what is in it, and when it was made', () => {
    const catalog = open()
    const folder = tempDir()
    const time = new Date(2026, 7, 1, 9, 5, 7).getTime()
    const [project] = catalog.stores.flatMap(({ store }) => [...store.projects()])
    const plain = { projectID: null, time, encrypted: false }
    expect(placeOf(catalog, { output: 'x.zip' }, plain)).toBe('x.zip')
    expect(placeOf(catalog, {}, plain)).toBe('ocvault-all-20260801-090507.zip')
    expect(placeOf(catalog, { output: folder }, { ...plain, encrypted: true })).toBe(
      join(folder, 'ocvault-all-20260801-090507.zip.age'),
    )
    expect(placeOf(catalog, { project: '/work/a b' }, { ...plain, projectID: project!.id })).toMatch(
      /^ocvault-[\w.-]+-20260801-090507\.zip$/,
    )
  })
})

test('no question is printed, asked on a terminal, or ends the process', () => {
  for (const name of [
    'sessions',
    'show',
    'search',
    'where',
    'export',
    'import',
    'restore',
    'scan',
    'saved',
    'backup',
    'verify',
    'save',
    'load',
    'share',
    'sharing',
    'indexes',
    'undo',
  ]) {
    expect(readFileSync(join(import.meta.dirname, `${name}.ts`), 'utf8'), name).not.toMatch(/process\.|console\./)
  }
})
