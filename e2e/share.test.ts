import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { git, initRepository } from './support/git.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { json, output, type ShowJSON } from './support/ocvault.ts'
import { type Exported, haveOpenCode, OpenCode } from './support/opencode.ts'
import { tempDir } from './support/temp.ts'

/** Put together here, so that no scanner finds it in this file. */
const secret = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCY3v9QpLmZtR'].join('/')
const token = ['ghp', 'R7kQ2mZx9LpWv4TnB8sYc1DfHg3JaE6uKoQw'].join('_')

let model: ModelServer

beforeAll(async () => {
  model = await startModel({
    start: [
      {
        say: 'I look.',
        call: ['bash', { command: `pwd; echo $HOME; echo AWS_SECRET_ACCESS_KEY=${secret}`, description: 'Look' }],
      },
      { say: 'This is the parser.' },
    ],
    deep: [
      {
        say: 'Someone else shall look.',
        call: ['task', { description: 'Look around', prompt: 'look around #inner', subagent_type: 'general' }],
      },
      { say: 'So it is.' },
    ],
    inner: [{ say: 'Nothing here.' }],
    onA: [{ say: 'Ann goes on.' }],
    onB: [{ say: 'Bob goes on.' }],
    leak: [{ say: `Your token is ${token}, and AWS_SECRET_ACCESS_KEY=${secret} is still there.` }],
    ref: [{ say: 'This one goes through a ref.' }],
    moreA: [{ say: 'Ann has more.' }],
    moreB: [{ say: 'Bob has more.' }],
  })
})
afterAll(() => model.close())

interface Saved {
  readonly id: string
  readonly file: string
  readonly files: readonly string[]
  readonly result: string
  readonly committed: boolean
}

interface Loaded {
  readonly id: string
  readonly title: string
  readonly relation: string
  readonly fork: { readonly after: number; readonly theirs: string | null; readonly mine: string | null } | null
  readonly added: number
}

/** A person with a home, a clone and an OpenCode. */
class Person {
  readonly opencode: OpenCode
  readonly #name: string

  constructor(name: string, origin: string) {
    this.#name = name
    this.opencode = new OpenCode(model, (project) => {
      git(project, 'clone', '--quiet', origin, '.')
      git(project, 'config', 'user.name', name)
      git(project, 'config', 'user.email', `${name.toLowerCase()}@example.com`)
      writeFileSync(join(project, '.git', 'info', 'exclude'), 'opencode.json\n.opencode/*\n!.opencode/sessions\n')
    })
  }

  git(...args: string[]): string {
    return git(this.opencode.project, '-c', `user.name=${this.#name}`, ...args)
  }

  ocvault<T>(...args: string[]): Promise<T> {
    return json<T>(args, { home: this.opencode.home, cwd: this.opencode.project })
  }

  print(...args: string[]): Promise<string> {
    return output(args, { home: this.opencode.home, cwd: this.opencode.project })
  }

  /** Says something in a session, or in a new one. */
  prompt(text: string, session?: string): Promise<string> {
    return this.opencode.prompt(text, session === undefined ? {} : { session })
  }

  async texts(id: string): Promise<string[]> {
    return textsOf(await this.opencode.export(id))
  }
}

const textsOf = ({ messages }: Exported) =>
  messages.flatMap(({ parts }) => parts.flatMap(({ type, text }) => (type === 'text' && text ? [text] : [])))

function bareRepository(): string {
  const place = tempDir('origin')
  const first = initRepository(join(place, 'first'))
  git(place, 'clone', '--quiet', '--bare', first.directory, 'origin.git')
  return join(place, 'origin.git')
}

describe.skipIf(!haveOpenCode)('two people share sessions', () => {
  let ann: Person
  let bob: Person
  let id: string
  let file: string

  beforeAll(async () => {
    const origin = bareRepository()
    ann = new Person('Ann', origin)
    bob = new Person('Bob', origin)
    // Starts Bob's database.
    const [started] = await Promise.all([ann.prompt('#start'), bob.prompt('#onB something of his own')])
    await ann.prompt('#deep', started)
  })

  test('Ann saves: one file for the session, one for the subagent, and nothing of her machine in them', async () => {
    const saved = await ann.ocvault<Saved>('save', '--commit')
    expect(saved).toMatchObject({ result: 'written', committed: true })
    ;({ id, file } = saved)
    expect(file).toMatch(/^\.opencode\/sessions\/\d{4}-\d\d-\d\d-\d\d-\d\d-The-session-of-start\.json$/)
    expect(saved.files).toHaveLength(2)
    for (const each of saved.files) {
      const text = readFileSync(join(ann.opencode.project, each), 'utf8')
      expect(text).not.toContain(ann.opencode.home)
      expect(text).not.toContain(secret)
      expect(text).toContain('{{worktree}}')
      // A message a line.
      const { messages } = JSON.parse(text)
      expect(text.split('\n').filter((line) => /^,?\{"info":/.test(line))).toHaveLength(messages.length)
    }
    expect(readFileSync(join(ann.opencode.project, file), 'utf8')).toContain('{{home}}')
    expect(ann.git('show', '--stat', '--format=%an %s', 'HEAD')).toMatch(/^Ann Session: The session of start\n/)
    expect(ann.git('status', '--porcelain')).toBe('')
  })

  test('saving once more changes nothing', async () => {
    expect(await ann.ocvault<Saved>('save')).toMatchObject({ id, file, result: 'unchanged' })
    expect(ann.git('status', '--porcelain')).toBe('')
    ann.git('push', '--quiet')
  })

  test('Bob pulls, loads and goes on where Ann was', async () => {
    bob.git('pull', '--quiet')
    const [listed] = await bob.ocvault<object[]>('load')
    expect(listed).toMatchObject({ number: 1, file, author: 'Ann', relation: 'new', messages: 6, subagents: 1 })
    expect(await bob.ocvault<Loaded>('load', '1')).toMatchObject({ id, relation: 'new', fork: null })
    const there = await bob.opencode.export(id)
    expect(textsOf(there)).toEqual(await ann.texts(id))
    const bash = there.messages.flatMap(({ parts }) => parts).find(({ tool }) => tool === 'bash')
    expect(bash?.state?.output).toMatch(
      new RegExp(`^${bob.opencode.project}\n${bob.opencode.home}\nAWS_SECRET_ACCESS_KEY=\\[redacted:[\\w-]+:1\\]\n$`),
    )
    const shown = await bob.ocvault<ShowJSON>('show', id)
    expect(shown.subagents).toHaveLength(1)
    // Nothing is new to either.
    expect(await bob.ocvault<Loaded>('load', 'session-of-start')).toMatchObject({ id, relation: 'same', added: 0 })
    expect(await bob.ocvault<Saved>('save', id)).toMatchObject({ file, result: 'unchanged' })
    expect(bob.git('status', '--porcelain')).toBe('')
    await bob.prompt('#leak', id)
    expect(await bob.ocvault<Saved>('save', id, '--commit')).toMatchObject({ file, result: 'written' })
    // Two messages more with their sums, one that says who, and the sum of the head.
    expect(bob.git('show', '--numstat', '--format=', 'HEAD').trim()).toMatch(/^[5-8]\t[1-3]\t/)
    bob.git('push', '--quiet')
  })

  test('Ann loads what Bob said', async () => {
    ann.git('pull', '--quiet')
    expect(await ann.ocvault<Loaded>('load', file)).toMatchObject({ id, relation: 'behind', fork: null, added: 2 })
    const texts = await ann.texts(id)
    expect(texts.at(-1)).toMatch(
      /^Your token is \[redacted:[\w-]+:1\], and AWS_SECRET_ACCESS_KEY=\[redacted:[\w-]+:2\] is still there\.$/,
    )
    expect(texts.slice(0, -1)).toEqual((await bob.texts(id)).slice(0, -1))
    // Her own secret is still hers.
    expect(JSON.stringify(await ann.opencode.export(id))).toContain(secret)
    expect(await ann.ocvault<Loaded>('load', file)).toMatchObject({ id, relation: 'same', added: 0 })
    expect(await ann.ocvault<Saved>('save', id)).toMatchObject({ file, result: 'unchanged' })
    expect(await ann.ocvault<object[]>('share', 'status')).toMatchObject([{ file, state: 'same' }])
  })

  test('both go on, and both have both lines', async () => {
    const { messages: common } = await ann.opencode.export(id)
    await Promise.all([ann.prompt('#onA', id), bob.prompt('#onB once more', id)])
    await ann.ocvault('save', id, '--commit')
    ann.git('push', '--quiet')
    bob.git('pull', '--quiet')
    expect(await bob.ocvault<object[]>('share', 'status')).toMatchObject([{ state: 'diverged', relation: 'new' }])
    const copy = await bob.ocvault<Loaded>('load', file)
    expect(copy).toMatchObject({ title: 'The session of start (from Ann)', fork: { after: common.length } })
    expect(copy.fork?.theirs).toContain('#onA')
    expect(copy.fork?.mine).toContain('#onB once more')
    expect(copy.id).not.toBe(id)
    expect((await bob.texts(copy.id)).at(-1)).toBe('Ann goes on.')
    expect(await bob.ocvault<Loaded>('load', file)).toMatchObject({ id: copy.id, relation: 'same', added: 0 })
    // Bob's own line goes beside Ann's.
    const own = await bob.ocvault<Saved>('save', id, '--commit')
    expect(own).toMatchObject({ id, result: 'written', other: file })
    expect(own.file).not.toBe(file)
    bob.git('push', '--quiet')
    ann.git('pull', '--quiet')
    const other = await ann.ocvault<Loaded>('load', own.file)
    expect(other).toMatchObject({ title: 'The session of start (from Bob)' })
    expect((await ann.texts(other.id)).at(-1)).toBe('Bob goes on.')
    // More of Ann's line comes into Bob's copy of it.
    await ann.prompt('#moreA', id)
    expect(await ann.ocvault<Saved>('save', id, '--commit')).toMatchObject({ file })
    ann.git('push', '--quiet')
    bob.git('pull', '--quiet')
    expect(await bob.ocvault<Loaded>('load', file)).toMatchObject({ id: copy.id, relation: 'behind', added: 2 })
    expect((await bob.texts(copy.id)).at(-1)).toBe('Ann has more.')
    expect((await bob.texts(id)).at(-1)).toBe('Bob goes on.')
    expect(readdirSync(join(bob.opencode.project, '.opencode/sessions')).filter((name) => name.endsWith('.json'))).toHaveLength(2)
  })

  test('the same through a ref: neither branch nor index nor work tree knows of it', async () => {
    await ann.prompt('#ref')
    const state = (who: Person) => [
      who.git('status', '--porcelain'),
      who.git('rev-parse', 'HEAD'),
      who.git('for-each-ref', 'refs/heads'),
    ]
    const before = [state(ann), state(bob)]
    const { id } = await ann.ocvault<Saved>('save', '--ref')
    expect(await ann.ocvault('share', 'push')).toMatchObject({ remote: 'origin', pushed: true, received: [] })
    expect(await ann.ocvault('share', 'push')).toMatchObject({ pushed: false })
    expect(await bob.ocvault('share', 'pull')).toMatchObject({ received: [{ merged: 'new' }] })
    expect(await bob.ocvault<Loaded>('load', '--ref', '1')).toMatchObject({ id, relation: 'new' })
    await bob.prompt('#onB', id)
    expect(await bob.ocvault<Saved>('save', id, '--ref')).toMatchObject({ result: 'written' })
    await bob.ocvault('share', 'push')
    await ann.ocvault('share', 'pull')
    expect(await ann.ocvault<Loaded>('load', '--ref', '1')).toMatchObject({ id, relation: 'behind', added: 2 })
    expect(await ann.texts(id)).toEqual(await bob.texts(id))
    // Both go on, and push one after the other without looking.
    await Promise.all([ann.prompt('#onA', id), bob.prompt('#moreB', id)])
    await Promise.all([ann, bob].map((who) => who.ocvault('save', id, '--ref')))
    expect(await ann.ocvault('share', 'push')).toMatchObject({ pushed: true, received: [] })
    expect(await bob.ocvault('share', 'push')).toMatchObject({ pushed: true, received: [{ merged: 'beside' }] })
    expect(await ann.ocvault('share', 'pull')).toMatchObject({ received: [{ merged: 'beside' }] })
    const lines = await ann.ocvault<{ file: string; state: string; author: string }[]>('share', 'status', '--ref')
    expect(lines.map(({ state, author }) => `${author} ${state}`).sort()).toEqual(['Ann same', 'Bob diverged'])
    const theirs = lines.find(({ author }) => author === 'Bob')!
    const copy = await ann.ocvault<Loaded>('load', '--ref', theirs.file)
    expect(copy.title).toMatch(/ \(from Bob\)$/)
    expect((await ann.texts(copy.id)).at(-1)).toBe('Bob has more.')
    expect((await ann.texts(id)).at(-1)).toBe('Ann goes on.')
    expect([state(ann), state(bob)]).toEqual(before)
  })
})
