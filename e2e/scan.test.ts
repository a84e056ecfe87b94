import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawn } from '../src/testing/secrets.ts'
import { fixture, json, run } from './support/ocvault.ts'
import { tempDir } from './support/temp.ts'

const token = `${'gh'}p_${drawn('e2e', 36)}`

interface ScanJSON {
  readonly session: { readonly id: string } | null
  readonly file: string | null
  readonly findings: readonly {
    readonly kind: string
    readonly hash: string
    readonly masked: string
    readonly count: number
    readonly allowed: object | null
    readonly places: readonly { readonly sessionID: string | null; readonly messageID: string | null; readonly path: string }[]
  }[]
}

/** A repository with a session in a file. */
function repository(): string {
  const folder = tempDir('scan')
  execFileSync('git', ['init', '-q', folder])
  mkdirSync(join(folder, '.opencode'))
  const parts = [{ id: 'prt_1', type: 'text', text: `it is \x1b[31m${token}` }]
  writeFileSync(
    join(folder, 'session.json'),
    JSON.stringify({ info: { id: 'ses_1', title: 'T' }, messages: [{ info: { id: 'msg_1' }, parts }] }),
  )
  return folder
}

test('says what is found in a file, masked and without control sequences', async () => {
  const cwd = repository()
  const { code, stdout, stderr } = await run(['scan', 'session.json'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '1 secret found\n' })
  const masked = `gh••••${token.slice(-2)}`
  expect(stdout).toBe(
    `session.json\n  github-token  ${masked}  1 place\n    messages[0].parts[0].text (msg_1)\n      it is ${masked}\n`,
  )
})

test('--check refuses until a rule allows it', async () => {
  const cwd = repository()
  expect((await run(['scan', '--check', 'session.json'], { cwd })).code).toBe(4)
  const [report] = await json<ScanJSON[]>(['scan', 'session.json'], { cwd })
  expect(JSON.stringify(report)).not.toContain(token)
  const { kind, hash, places } = report!.findings[0]!
  expect(places).toMatchObject([{ messageID: 'msg_1', path: 'messages[0].parts[0].text' }])
  const config = join(cwd, '.opencode', 'ocvault.json')
  writeFileSync(config, JSON.stringify({ allow: [{ rule: kind, match: hash, reason: 'revoked' }] }))
  const { code, stdout, stderr } = await run(['scan', '--check', 'session.json'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'no secrets found, and 1 that .opencode/ocvault.json allows\n' })
  expect(stdout).toContain('allowed: revoked')

  writeFileSync(config, '{"allow":[{"rule":"x"}]}')
  const refused = await run(['scan', 'session.json'], { cwd })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/^ocvault: \.opencode\/ocvault\.json: allow\.0\.match: .*\n$/)
})

test.each([
  ['the text itself', token],
  ['its hash', `sha256:${createHash('sha256').update(token).digest('hex')}`],
  ['an expression', '/gh._.*/'],
])('--allow %s lets it stay from now on, and does not tell it', async (_label, match) => {
  const cwd = repository()
  expect((await run(['scan', '--check', 'session.json', '--allow', match], { cwd })).code).toBe(0)
  expect((await run(['scan', '--check', 'session.json'], { cwd })).code).toBe(0)
  expect(readFileSync(join(cwd, '.opencode', 'ocvault.json'), 'utf8')).not.toContain(token)
  const { code, stderr } = await run(['scan', 'session.json', '--allow', '/(/'], { cwd })
  expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 2 })
})

test('--pii also finds what is personal, and so does a configuration that says it', async () => {
  const cwd = repository()
  writeFileSync(join(cwd, 'a.txt'), 'Author: Ann <ann@acme.io>\n')
  expect((await run(['scan', '--check', 'a.txt'], { cwd })).code).toBe(0)
  const [report] = await json<ScanJSON[]>(['scan', '--pii', 'a.txt'], { cwd })
  expect(report!.findings).toMatchObject([{ kind: 'email', count: 1 }])
  writeFileSync(join(cwd, '.opencode', 'ocvault.json'), '{"pii":true}')
  expect((await run(['scan', '--check', 'a.txt'], { cwd })).code).toBe(4)
})

test('reads every session of a store with its subagents, and finds nothing where nothing is', async () => {
  const reports = await json<ScanJSON[]>(['scan', '--all', '--root', fixture('1.18.33')])
  expect(reports.length).toBeGreaterThan(1)
  expect(reports.flatMap(({ findings }) => findings)).toEqual([])
  const { code, stderr } = await run(['scan', './nothing.json'])
  expect({ code, stderr }).toEqual({ code: 3, stderr: 'ocvault: no such file, and no session has this name: ./nothing.json\n' })
})

test('a session of any size is looked through in little memory', async () => {
  const cwd = tempDir('large')
  const output = 'the quick brown fox reads src/share/redact.ts:42 and calls getToken(user) in 120 ms; '.repeat(400)
  const messages = Array.from({ length: 400 }, (_item, index) => ({
    info: { id: `msg_${index}`, role: 'assistant' },
    parts: [{ type: 'tool', tool: 'bash', state: { output: index === 300 ? `${output}${token}` : output } }],
  }))
  writeFileSync(join(cwd, 'large.json'), JSON.stringify({ info: { id: 'ses_1' }, messages }))
  // 14 MB, which were there several times at once.
  const env = { NODE_OPTIONS: '--max-old-space-size=22' }
  const [report] = await json<ScanJSON[]>(['scan', 'large.json'], { cwd, env })
  expect(report!.findings).toMatchObject([{ kind: 'github-token', count: 1, places: [{ messageID: 'msg_300' }] }])
})
