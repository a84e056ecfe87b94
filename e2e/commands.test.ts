import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelServer, startModel } from './support/model-server.ts'
import { json, main, run, type SessionJSON } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { tempDir } from './support/temp.ts'

const shell = (command: string) => ['bash', { command, description: 'As told' }] as const

describe.skipIf(!haveOpenCode)('commands inside OpenCode', () => {
  let model: ModelServer
  let opencode: OpenCode
  const ocvault = <T>(...args: string[]) => json<T>(args, { home: opencode.home, cwd: opencode.project })

  beforeAll(async () => {
    model = await startModel({
      hello: [{ say: 'Hello.' }],
      save: [
        { say: 'I save.', call: shell('touch saving; while [ ! -e go ]; do sleep 0.1; done; ocvault save') },
        { say: 'It is saved.' },
      ],
      within: [
        { say: 'Someone else saves.', call: ['task', { description: 'Save', prompt: 'save #inner', subagent_type: 'general' }] },
        { say: 'It has been saved.' },
      ],
      inner: [{ say: 'I save.', call: shell('ocvault save --json') }, { say: 'Saved.' }],
      load: [{ say: 'I look.', call: shell('ocvault load') }, { say: 'There is one.' }],
    })
    const bin = tempDir('bin')
    writeFileSync(join(bin, 'ocvault'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
    chmodSync(join(bin, 'ocvault'), 0o755)
    opencode = new OpenCode(model, undefined, { PATH: `${bin}:${process.env.PATH}` })
    await opencode.prompt('#hello')
  })
  afterAll(() => model.close())

  const outputs = async (id: string) =>
    (await opencode.export(id)).messages.flatMap(({ parts }) =>
      parts.flatMap(({ tool, state }) => (tool ? [state?.output ?? ''] : [])),
    )

  test('ocvault init installs them once, leaves alone what is not ours, and takes out what is', async () => {
    const folder = join(opencode.project, '.opencode')
    const states = async (...args: string[]) =>
      (await ocvault<{ files: { state: string }[] }>('init', ...args)).files.map(({ state }) => state)
    expect(await states('--dry-run')).toEqual(Array(4).fill('written'))
    expect(existsSync(join(folder, 'command'))).toBe(false)
    expect(await states()).toEqual(Array(4).fill('written'))
    expect(await states()).toEqual(Array(4).fill('unchanged'))
    expect(await states('--remove')).toEqual(Array(4).fill('removed'))
    expect(existsSync(join(folder, 'command'))).toBe(false)
    const own = join(folder, 'command', 'session-load.md')
    mkdirSync(join(folder, 'command'), { recursive: true })
    writeFileSync(own, 'My own words.\n')
    const refused = await run(['init', '--json'], { home: opencode.home, cwd: opencode.project })
    expect(refused.code).toBe(4)
    expect(JSON.parse(refused.stdout).files.map(({ state }: { state: string }) => state)).toEqual([
      ...['written', 'foreign', 'written', 'written'],
    ])
    expect(readFileSync(own, 'utf8')).toBe('My own words.\n')
    // Ours, but changed since: the user's, too.
    const save = join(folder, 'command', 'session-save.md')
    writeFileSync(save, readFileSync(save, 'utf8').replace('once:', 'once, please:'))
    expect((await run(['init', '--remove', '--json'], { home: opencode.home, cwd: opencode.project })).code).toBe(4)
    expect(existsSync(save)).toBe(true)
  })

  test('/session-save saves the session that it is typed in, while another one is newer', async () => {
    const folder = join(opencode.project, '.opencode', 'command')
    // The two above are the user's now; new ones take their place.
    rmSync(folder, { recursive: true })
    await ocvault('init')
    await opencode.stop() // which knows the commands that were there when it started
    const [first] = await opencode.sessions()
    const saving = opencode.prompt('#save', { session: first!.id, command: 'session-save' })
    const began = async () => {
      while (!existsSync(join(opencode.project, 'saving'))) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await Promise.race([saving, began()])
    await opencode.prompt('#hello again')
    writeFileSync(join(opencode.project, 'go'), '')
    await saving
    const newest = await ocvault<SessionJSON[]>('list')
    expect(newest).toHaveLength(2)
    const [saved] = await ocvault<{ id: string; messages: number; relation: string; onlyHere: number }[]>('load')
    // The turn that saves is not in it.
    expect(saved).toMatchObject({ id: first!.id, messages: 2, relation: 'ahead', onlyHere: 3 })
    expect((await outputs(first!.id)).join()).toMatch(/^\.opencode\/sessions\/\S+\.json is written: 2 messages/)
    const prompt = (await opencode.export(first!.id)).messages[2]!.parts[0]!.text
    expect(prompt).toContain('ocvault save #save')
  })

  test('a subagent that saves saves the session that it works for; /session-load lists what is saved', async () => {
    const [third] = await ocvault<SessionJSON[]>('list', '--title', 'hello', '--sort', 'created')
    await opencode.prompt('#within', { session: third!.id })
    const [child] = (await ocvault<SessionJSON[]>('list', '--subagents')).filter(({ parentID }) => parentID === third!.id)
    expect(JSON.parse((await outputs(child!.id))[0]!)).toMatchObject({ id: third!.id, messages: 2 })
    await opencode.prompt('#load', { session: third!.id, command: 'session-load' })
    expect((await outputs(third!.id)).at(-1)).toMatch(/^1 {2}\d{4}-/)
  })
})
