import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { wholeOf } from '../base/file-bytes.ts'
import { redactSessions } from '../redact/redact.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { contentOf, emptyDatabase, type PlainSession, plainSession, sessionFiles, sessionIn } from '../testing/sessions.ts'
import { copyStore, storeOf, tempDir } from '../testing/temp.ts'
import { importSessions } from '../transfer/import/import.ts'
import { findTarget } from '../transfer/write/target.ts'
import { load, planLoad } from './load.ts'
import { LocalSessions, type Redact } from './local-sessions.ts'
import { type SaveReport, saveSession } from './save.ts'
import { readTree } from './shelf.ts'
import { standingOf } from './standing.ts'
import { WorkTreeShelf } from './work-tree.ts'

const redact: Redact = async (documents) => {
  const { documents: redacted, findings } = await redactSessions(documents)
  return { documents: redacted, redactions: findings.length, allowed: 0, kept: 0 }
}

/** Someone with a work tree and a database. */
class Person {
  readonly worktree = realpathSync(tempDir())
  readonly database: string
  readonly name: string

  constructor(name: string, database = emptyDatabase()) {
    this.name = name
    this.database = database
    execFileSync('git', ['init', '--quiet', this.worktree])
  }

  get shelf(): WorkTreeShelf {
    return new WorkTreeShelf(this.worktree)
  }

  async #with<T>(run: (local: LocalSessions) => Promise<T>): Promise<T> {
    const catalog = openCatalog({ roots: [this.database] })
    try {
      return await run(new LocalSessions(catalog, this.worktree, redact))
    } finally {
      catalog.close()
    }
  }

  has(...sessions: readonly object[]): Promise<unknown> {
    return importSessions([sessionFiles(...sessions)], {
      root: this.database,
      project: this.worktree,
      update: true,
      undo: join(this.worktree, '.undo'),
    })
  }

  save(id: string): Promise<SaveReport> {
    const options = { author: this.name, now: Date.UTC(2026, 10, 21), dryRun: false, isRunning: false }
    return this.#with((local) => saveSession(local, id, this.shelf, options))
  }

  standing(path: string) {
    return this.#with((local) => standingOf(readTree(this.shelf, path), local, 'someone'))
  }

  async load(path: string) {
    const plan = await this.#with((local) => planLoad(local, readTree(this.shelf, path), this.shelf))
    const report = await load(plan, findTarget(this.database), { dryRun: false, undo: join(this.worktree, '.undo') })
    return { ...plan, report }
  }

  session(id: string): PlainSession {
    return sessionIn(this.database, id)!
  }

  /** Brings a file over, as git would. */
  takes(path: string, from: Person): void {
    mkdirSync(join(this.worktree, '.opencode/sessions'), { recursive: true })
    this.shelf.write(new Map([[path, wholeOf(from.shelf.read(path)).toString()]]))
  }
}

/** A session that goes on in a way of its own after so many rounds. */
function going(name: string, common: number, own: number): PlainSession {
  const session = plainSession('s', common + own)
  for (const { info, parts } of session.messages.slice(common * 2)) {
    info.id += name
    if (
      typeof info.parentID === 'string' &&
      session.messages.slice(common * 2).some((each) => each.info.id === `${info.parentID}${name}`)
    ) {
      info.parentID += name
    }
    for (const part of parts) {
      part.id += name
      part.messageID = info.id
      part.text = `${name} ${part.text}`
    }
  }
  return session
}

const texts = ({ messages }: PlainSession) => messages.flatMap(({ parts }) => parts.map(({ text }) => text))

test('a session comes over as it is, and back', async () => {
  const [ann, bob] = [new Person('Ann'), new Person('Bob')]
  await ann.has(plainSession('s', 2))
  const { path } = await ann.save('ses_s')
  bob.takes(path, ann)
  expect(await bob.load(path)).toMatchObject({ id: 'ses_s', author: 'Ann', standing: { relation: 'new', fork: null } })
  expect(bob.session('ses_s').messages).toEqual(ann.session('ses_s').messages)
  expect(bob.session('ses_s').info).toMatchObject({ directory: bob.worktree, title: 'Session s' })
  const before = contentOf(bob.database)
  expect(await bob.load(path)).toMatchObject({ standing: { relation: 'same' }, report: null })
  expect(contentOf(bob.database)).toEqual(before)
  expect(await bob.save('ses_s')).toMatchObject({ path, result: 'unchanged' })
})

test.each(['messages', 'events'])(
  'a session of which only %s are left here is loaded: OpenCode does not show it',
  async (left) => {
    const [ann, bob] = [new Person('Ann'), new Person('Bob')]
    await ann.has(plainSession('s', 2))
    const { path } = await ann.save('ses_s')
    bob.takes(path, ann)
    await bob.load(path)
    const db = new DatabaseSync(bob.database)
    const row = { ...db.prepare('SELECT * FROM session').get() }
    const messages = db.prepare('SELECT * FROM message').all()
    if (left === 'events') {
      const log = (seq: number, type: string, data: object) =>
        db
          .prepare('INSERT INTO event (id, aggregate_id, seq, type, data) VALUES (?, ?, ?, ?, ?)')
          .run(`e${seq}`, 'ses_s', seq, type, JSON.stringify(data))
      db.prepare('INSERT INTO event_sequence (aggregate_id, seq) VALUES (?, ?)').run('ses_s', 9)
      log(0, 'session.created.1', {
        info: { id: 'ses_s', title: row.title, directory: row.directory, time: { created: 1, updated: 1 } },
      })
      log(1, 'message.updated.1', { info: { ...JSON.parse(String(messages[0]!.data)), id: messages[0]!.id } })
      db.exec('DELETE FROM part; DELETE FROM message')
    }
    db.exec('PRAGMA foreign_keys = OFF; DELETE FROM session')
    db.close()
    expect(await bob.load(path)).toMatchObject({
      id: 'ses_s',
      standing: { relation: 'new', fork: null },
      report: { sessions: [{ result: 'written' }] },
    })
    expect(bob.session('ses_s').messages).toEqual(ann.session('ses_s').messages)
    expect(await bob.load(path)).toMatchObject({ standing: { relation: 'same' }, report: null })
  },
)

describe('two lines', () => {
  test.each([
    [1, 1, 1],
    [2, 1, 3],
    [0, 2, 1],
  ])('after %i rounds in common, Ann %i and Bob %i', async (common, hers, his) => {
    const [ann, bob] = [new Person('Ann'), new Person('Bob')]
    await ann.has(going('ann', common, hers))
    await bob.has(going('bob', common, his))
    const { path } = await ann.save('ses_s')
    bob.takes(path, ann)
    const mine = bob.session('ses_s')
    const copy = await bob.load(path)
    expect(copy.title).toBe('Session s (from Ann)')
    expect(copy.standing.fork?.after).toBe(common * 2)
    expect(bob.session('ses_s')).toEqual(mine)
    expect(texts(bob.session(copy.id))).toEqual(texts(ann.session('ses_s')))
    const ids = new Set(bob.session(copy.id).messages.map(({ info }) => info.id))
    for (const { info } of bob.session(copy.id).messages) if (info.parentID) expect(ids).toContain(info.parentID)
    // The same once more, on another machine, and when more comes.
    const before = contentOf(bob.database)
    expect(await bob.load(path)).toMatchObject({ id: copy.id, standing: { relation: 'same' }, report: null })
    expect(contentOf(bob.database)).toEqual(before)
    await ann.has(going('ann', common, hers + 1))
    expect(await ann.save('ses_s')).toMatchObject({ path, result: 'written' })
    bob.takes(path, ann)
    expect(await bob.load(path)).toMatchObject({ id: copy.id, standing: { relation: 'behind', onlySaved: 2 } })
    expect(texts(bob.session(copy.id))).toEqual(texts(ann.session('ses_s')))
    // His own goes beside hers.
    const own = await bob.save('ses_s')
    expect(own).toMatchObject({ isNew: true, other: path })
    expect(await bob.save('ses_s')).toMatchObject({ path: own.path, result: 'unchanged' })
    // The copy is hers, and shared already.
    expect(await bob.save(copy.id)).toMatchObject({ path, result: 'unchanged' })
    expect(bob.shelf.paths()).toHaveLength(2)
  })

  test('who goes on in the copy, while its author goes on, gets a further copy', async () => {
    const [ann, bob] = [new Person('Ann'), new Person('Bob')]
    await ann.has(going('ann', 1, 1))
    await bob.has(going('bob', 1, 1))
    const { path } = await ann.save('ses_s')
    bob.takes(path, ann)
    const first = await bob.load(path)
    const copy = bob.session(first.id)
    const last = structuredClone(copy.messages.at(-1)!)
    Object.assign(last.info, {
      id: 'msg_zzz',
      time: { created: last.info.time.created + 5000, completed: last.info.time.created + 6000 },
    })
    for (const part of last.parts) Object.assign(part, { id: 'prt_zzz', messageID: 'msg_zzz' })
    await bob.has({ ...copy, messages: [...copy.messages, last] })
    expect(await bob.load(path)).toMatchObject({ id: first.id, standing: { relation: 'ahead' }, report: null })
    await ann.has(going('ann', 1, 2))
    await ann.save('ses_s')
    bob.takes(path, ann)
    const second = await bob.load(path)
    expect(second.standing.relation).toBe('new')
    expect(new Set([first.id, second.id, 'ses_s']).size).toBe(3)
    expect(texts(bob.session(second.id))).toEqual(texts(ann.session('ses_s')))
    expect(await bob.load(path)).toMatchObject({ id: second.id, report: null })
  })
})

test('what was redacted on the way stays whole where it came from', async () => {
  const password = ['hunter', 'Two', '9xQ7'].join('-')
  const [ann, bob] = [new Person('Ann'), new Person('Bob')]
  const session = plainSession('s', 1)
  session.messages[0]!.parts[0]!.text = `the database is postgres://ann:${password}@db/x`
  await ann.has(session)
  const { path, redactions } = await ann.save('ses_s')
  expect(redactions).toBe(1)
  expect(readFileSync(join(ann.worktree, '.opencode/sessions', path), 'utf8')).not.toContain(password)
  bob.takes(path, ann)
  await bob.load(path)
  expect(texts(bob.session('ses_s'))[0]).toMatch(/postgres:\/\/ann:\[redacted:[\w-]+:1\]@db\/x/)
  const more = going('bob', 1, 1)
  await bob.has({ ...more, messages: [...bob.session('ses_s').messages, ...more.messages.slice(2)] })
  await bob.save('ses_s')
  ann.takes(path, bob)
  expect(await ann.load(path)).toMatchObject({ standing: { relation: 'behind', onlySaved: 2 } })
  expect(texts(ann.session('ses_s'))[0]).toContain(password)
  expect(await ann.save('ses_s')).toMatchObject({ result: 'unchanged' })
})

test('what an owner alone decides stays as it is', async () => {
  const [ann, bob] = [new Person('Ann'), new Person('Bob')]
  await ann.has(plainSession('s', 1))
  await bob.has(
    plainSession('s', 2, { permission: [{ permission: 'bash', pattern: '*', action: 'allow' }], title: 'Bob calls it so' }),
  )
  await ann.has(plainSession('s', 1, { permission: [{ permission: 'edit', pattern: '*', action: 'deny' }] }))
  const { path } = await bob.save('ses_s')
  expect(readFileSync(join(bob.worktree, '.opencode/sessions', path), 'utf8')).not.toContain('permission')
  ann.takes(path, bob)
  expect(await ann.load(path)).toMatchObject({ standing: { relation: 'behind' } })
  expect(ann.session('ses_s').info).toMatchObject({ title: 'Bob calls it so', permission: [{ permission: 'edit' }] })
})

test('subagents come along, and a file beside them that is of nobody does not', async () => {
  const [ann, bob] = [new Person('Ann'), new Person('Bob')]
  await ann.has(
    plainSession('s', 1),
    plainSession('child', 1, { parentID: 'ses_s' }),
    plainSession('grandchild', 1, { parentID: 'ses_child' }),
  )
  const { path, files, subagents } = await ann.save('ses_child').catch(() => ann.save('ses_s'))
  expect({ subagents, files: files.length }).toEqual({ subagents: 1, files: 2 })
  const whole = await ann.save('ses_s')
  for (const file of whole.files) {
    mkdirSync(join(bob.worktree, '.opencode/sessions'), { recursive: true })
    bob.takes(file, ann)
  }
  const loaded = await bob.load(whole.path)
  expect(loaded.report?.sessions.map(({ id, parentID }) => [id, parentID])).toEqual([
    ['ses_s', null],
    ['ses_child', 'ses_s'],
    ['ses_grandchild', 'ses_child'],
  ])
  bob.shelf.write(
    new Map([
      [`${whole.path.replace('.json', '')}/stranger.json`, wholeOf(ann.shelf.read(path)).toString().replaceAll('ses_', 'ses_x')],
    ]),
  )
  await expect(bob.load(whole.path)).rejects.toThrow(/is of no subagent/)
})

describe('every release', () => {
  test.each(['0.5.29', '1.0.185', '1.1.65', '1.2.15', '1.15.13', '1.18.34', '2.0-constructed'])(
    'what %s wrote is saved, and loaded by 1.18 and 2.0',
    async (release) => {
      const source = new Person('Ann', storeOf(release))
      const catalog = openCatalog({ roots: [source.database] })
      const ids = [...catalog.sessions({ roots: true })]
        .filter(({ id }) => [...catalog.messages(id)].length > 0)
        .map(({ id }) => id)
      catalog.close()
      const targets = [new Person('Bob'), new Person('Eve', copyStore('2.0-constructed'))]
      for (const id of ids.slice(0, 3)) {
        const { path, files } = await source.save(id)
        expect(await source.save(id)).toMatchObject({ path, result: 'unchanged' })
        for (const target of targets) {
          for (const file of files) target.takes(file, source)
          await target.load(path)
          expect(await target.standing(path), `${release} ${id}`).toMatchObject({ relation: 'same', fork: null })
          expect(await target.save(id)).toMatchObject({ path, result: 'unchanged' })
        }
        rmSync(join(source.worktree, '.opencode'), { recursive: true })
      }
    },
  )
})
