import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { rememberArchive } from '../api/config.ts'
import { tempDir } from '../testing/temp.ts'
import { IdleBackup } from './backup.ts'
import { backingUp } from './program.ts'

beforeEach(() => {
  vi.stubEnv('XDG_CONFIG_HOME', tempDir())
  return () => void vi.unstubAllEnvs()
})

describe('a backup when a session is idle', () => {
  test('goes into no folder but one that this person has set as an archive', () => {
    const folder = tempDir()
    expect(backingUp(['ocvault'], folder)).toBe(null)
    rememberArchive(folder)
    expect(backingUp(['ocvault'], folder)).toEqual(['ocvault', 'backup', '--all', '--quiet', '--to', folder])
    expect(backingUp(['ocvault'], `${folder}/../${folder.split('/').at(-1)}/`)?.at(-1)).toBe(folder)
    expect(backingUp(['ocvault'], join(folder, 'within'))).toBe(null)
  })

  test('is not done, and nobody is disturbed, where what is set cannot be read', () => {
    const config = join(process.env.XDG_CONFIG_HOME!, 'ocvault')
    mkdirSync(config)
    writeFileSync(join(config, 'config.json'), 'no JSON')
    const backup = new IdleBackup(() => backingUp(['/nowhere/ocvault'], tempDir()), 0)
    backup.idle()
    expect(() => backup.close()).not.toThrow()
  })

  test('is done once for many idle sessions that follow each other, and when OpenCode ends before', async () => {
    const log = join(tempDir(), 'log')
    appendFileSync(log, '')
    const write = `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x')`
    const backup = new IdleBackup(() => [process.execPath, '-e', write], 60_000)
    for (let count = 0; count < 5; count++) backup.idle()
    backup.close()
    backup.close()
    await vi.waitUntil(() => readFileSync(log, 'utf8') !== '', { timeout: 20_000 })
    expect(readFileSync(log, 'utf8')).toBe('x')
  })

  test('is done when OpenCode ends without telling its plugins', () => {
    const done = join(tempDir(), 'done')
    const program = `import { IdleBackup } from ${JSON.stringify(join(import.meta.dirname, 'backup.ts'))}
      const write = 'require("node:fs").writeFileSync(' + ${JSON.stringify(JSON.stringify(done))} + ', "")'
      new IdleBackup(() => [process.execPath, '-e', write], 60_000).idle()
      process.exit()`
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(stderr).toBe('')
    return vi.waitUntil(() => existsSync(done), { timeout: 20_000 })
  })

  test('is never done twice at once', async () => {
    const folder = tempDir()
    const [begun, end] = [join(folder, 'begun'), join(folder, 'end')]
    const wait = `const fs = require('node:fs'); fs.appendFileSync(${JSON.stringify(begun)}, 'x');
      const look = () => fs.existsSync(${JSON.stringify(end)}) || setTimeout(look, 20); look()`
    const backup = new IdleBackup(() => [process.execPath, '-e', wait], 1)
    backup.idle()
    await vi.waitUntil(() => existsSync(begun), { timeout: 20_000 })
    backup.idle()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(readFileSync(begun, 'utf8')).toBe('x')
    writeFileSync(end, '')
    await vi.waitUntil(() => readFileSync(begun, 'utf8') === 'xx', { timeout: 20_000 })
  })
})
