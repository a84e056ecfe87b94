import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { configFiles, type Registration, register } from './opencode-config.ts'

const command = ['npx', '-y', 'ocvault', 'mcp']
const does = { remove: false, dryRun: false, links: false }

function folder(files: Readonly<Record<string, string>> = {}): string {
  const at = tempDir()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text)
  return at
}

const run = (at: string, what: Registration['what'], more: object = {}, generation: Registration['generation'] = 'v1') =>
  register(configFiles.project(at), { what, command, generation }, { ...does, ...more })

const read = (at: string, name = 'opencode.json') => readFileSync(join(at, name), 'utf8')

describe('OpenCode’s configuration', () => {
  test('is made where there is none, with what its generation reads, and is gone when the entry is', () => {
    const entry = { type: 'local', command }
    const expected = {
      v1: { mcp: { mcp: { ocvault: { ...entry, enabled: true } } }, plugin: { plugin: ['ocvault'] } },
      v2: { mcp: { mcp: { servers: { ocvault: entry } } }, plugin: { plugins: ['ocvault'] } },
    }
    for (const generation of ['v1', 'v2'] as const) {
      for (const what of ['mcp', 'plugin'] as const) {
        const at = folder()
        expect(run(at, what, { dryRun: true }, generation).state).toBe('written')
        expect(existsSync(join(at, 'opencode.json'))).toBe(false)
        expect(run(at, what, {}, generation).state).toBe('written')
        expect(JSON.parse(read(at))).toEqual({ $schema: 'https://opencode.ai/config.json', ...expected[generation][what] })
        expect(run(at, what, {}, generation).state).toBe('unchanged')
        expect(run(at, what, { remove: true }, generation).state).toBe('removed')
        expect(existsSync(join(at, 'opencode.json'))).toBe(false)
        expect(run(at, what, { remove: true }, generation).state).toBe('absent')
      }
    }
  })

  test('keeps comments, order, indents, line ends and commas as they are, and is as before when the entry is gone', () => {
    const own = [
      '{\n\t// mine\n\t"model": "a/b", /* why */\n\t"mcp": {\n\t\t"other": { "type": "local", "command": ["x"] }, // stays\n\t},\n}\n',
      '{\r\n    "theme": "x",\r\n    "plugin": ["one", ["two", { "a": 1 }]]\r\n}\r\n',
      '{}',
      '',
    ]
    for (const text of own) {
      for (const what of ['mcp', 'plugin'] as const) {
        const at = folder({ 'opencode.jsonc': text })
        run(at, what)
        const changed = read(at, 'opencode.jsonc')
        for (const piece of text.match(/\/\/ \w+|\/\* why \*\/|"\w+"/g) ?? []) expect(changed).toContain(piece)
        expect(changed.includes('\r\n')).toBe(text.includes('\r\n'))
        expect(run(at, what).state).toBe('unchanged')
        run(at, what, { remove: true })
        const after = read(at, 'opencode.jsonc')
        expect(after.replaceAll(/[\s,]/g, '')).toBe((text || '{}').replaceAll(/[\s,]/g, ''))
      }
    }
  })

  test('tells itself which generation it is for', () => {
    const at = folder({ 'opencode.json': '{ "mcp": { "servers": { "x": { "type": "local", "command": ["x"] } } } }' })
    run(at, 'mcp')
    expect(JSON.parse(read(at)).mcp.servers.ocvault.command).toEqual(command)
    const old = folder({ 'opencode.json': '{ "mcp": { "x": { "type": "local", "command": ["x"] } } }' })
    run(old, 'mcp', {}, 'v2')
    expect(JSON.parse(read(old)).mcp.ocvault).toMatchObject({ enabled: true })
  })

  test('is left alone where the entry is somebody else’s, or where it is no JSON', () => {
    const foreign = '{ "mcp": { "ocvault": { "type": "remote", "url": "https://x" } } }'
    const at = folder({ 'opencode.json': foreign })
    expect(run(at, 'mcp').state).toBe('foreign')
    expect(run(at, 'mcp', { remove: true }).state).toBe('foreign')
    expect(read(at)).toBe(foreign)
    for (const broken of ['{ "a": ', '[]', '{ "a" 1 }', 'null']) {
      const there = folder({ 'opencode.json': broken })
      expect(() => run(there, 'mcp')).toThrow(/no JSON that could be added to/)
      expect(read(there)).toBe(broken)
    }
  })

  test('is found again in whichever file the entry stands, with a version and options of its own', () => {
    const at = folder({ 'opencode.json': '{ "plugin": ["a", ["ocvault@1.2.3", { "nudge": false }]] }', 'opencode.jsonc': '{}' })
    expect(run(at, 'plugin')).toEqual({ path: expect.stringMatching(/opencode\.json$/), state: 'unchanged' })
    run(at, 'plugin', { remove: true })
    expect(JSON.parse(read(at))).toEqual({ plugin: ['a'] })
  })

  test('is not written through a link, unless it is a person’s own', () => {
    const [at, elsewhere] = [folder(), folder({ 'dotfile.json': '{}' })]
    symlinkSync(join(elsewhere, 'dotfile.json'), join(at, 'opencode.json'))
    expect(() => run(at, 'mcp')).toThrow(/is a link/)
    expect(run(at, 'mcp', { links: true }).state).toBe('updated')
    expect(read(elsewhere, 'dotfile.json')).toContain('ocvault')
  })
})
