import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'

const turns = 'for (let turn = 0; turn < 9; turn++) await new Promise((done) => setImmediate(done))'

const program = (path: string, finished: boolean, last = turns) => `
  import { GrowingFile } from ${JSON.stringify(join(import.meta.dirname, '../base/files.ts'))}
  import { removeUnfinishedOnSignals } from ${JSON.stringify(join(import.meta.dirname, 'signals.ts'))}
  removeUnfinishedOnSignals()
  const file = new GrowingFile(${JSON.stringify(path)})
  file.write(Buffer.alloc(1_000_000))
  ${finished ? 'file.finish()' : ''}
  ${last}
  console.log('ready')
  setInterval(() => {}, 1000)`

describe.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  async function interrupted(finished: boolean) {
    const folder = tempDir()
    const script = join(tempDir(), 'program.mts')
    writeFileSync(script, program(join(folder, 'a'), finished))
    const child = spawn(process.execPath, ['--no-warnings', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const before = readdirSync(folder).length
    child.kill(signal)
    const [code, by] = await once(child, 'close')
    return { before, after: readdirSync(folder), code, by }
  }

  test('leaves nothing half-written behind', async () => {
    expect(await interrupted(false)).toEqual({ before: 1, after: [], code: 130, by: null })
  })

  test('is heard after work that waits for nothing, however many files that finishes', async () => {
    const folder = tempDir()
    const script = join(tempDir(), 'program.mts')
    const busy = `for (let n = 0; n < 50; n++) { const next = new GrowingFile(${JSON.stringify(join(folder, 'b'))}); next.finish() }`
    const wait = 'process.kill(process.pid, process.argv[2]); const end = Date.now() + 300; while (Date.now() < end);'
    writeFileSync(script, program(join(folder, 'a'), true, `${wait} ${busy}`))
    const child = spawn(process.execPath, ['--no-warnings', script, signal], { stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(readdirSync(folder)).toEqual(['a', 'b'])
  })

  test('is not listened to when everything is written', async () => {
    expect(await interrupted(true)).toEqual({ before: 1, after: ['a'], code: null, by: signal })
  })
})
