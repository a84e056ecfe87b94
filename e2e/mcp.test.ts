import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, cpSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { describe, expect, onTestFinished, test } from 'vitest'
import { times } from '../src/testing/thorough.ts'
import { environment, fixture, main } from './support/ocvault.ts'
import { tempDir } from './support/temp.ts'

/** `ocvault mcp` as a client starts it: a process, with pipes. */

const env = () =>
  Object.fromEntries(Object.entries(environment({ home: tempDir('mcp') })).map(([name, value]) => [name, value ?? '']))

async function connected(root: string): Promise<{ client: Client; pid: number }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp', '--root', root],
    env: env(),
    stderr: 'inherit',
  })
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  onTestFinished(() => client.close())
  return { client, pid: transport.pid! }
}

interface Found {
  readonly total: number
  readonly hits: readonly { readonly session: string; readonly message: string | null }[]
}

const search = async (client: Client, query: string): Promise<Found> =>
  (await client.callTool({ name: 'search_sessions', arguments: { query } })).structuredContent as unknown as Found

/** Resident memory of a process in bytes. */
const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

describe('ocvault mcp', () => {
  test('answers every tool of its list', async () => {
    const { client } = await connected(fixture('1.18.33'))
    const { tools } = await client.listTools()
    const { hits } = await search(client, 'parser')
    const questions: Record<string, object> = {
      search_sessions: { query: 'parser' },
      read_session: { id: hits[0]!.session, around: hits[0]!.message! },
      file_history: { path: 'README.md' },
      error_history: { text: 'Error: not found' },
      session_stats: { by: 'model' },
    }
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(questions))
    for (const [name, asked] of Object.entries(questions)) {
      const { isError, structuredContent } = await client.callTool({ name, arguments: { ...asked } })
      expect({ name, isError: isError ?? false, structuredContent }).toMatchObject({
        isError: false,
        structuredContent: { notice: expect.any(String) },
      })
    }
  })

  test('sees what comes and goes while it runs', async () => {
    const home = tempDir('moving')
    const [data, away] = [join(home, 'opencode'), join(home, 'away')]
    cpSync(join(fixture('1.14.34'), 'opencode'), data, { recursive: true })
    const { client } = await connected(home)
    const before = await search(client, 'parser')
    expect(before.total).toBeGreaterThan(0)
    renameSync(data, away)
    expect((await search(client, 'parser')).total).toBe(0)
    renameSync(away, data)
    expect((await search(client, 'parser')).hits).toEqual(before.hits)
  })

  test('ends when its client does, also in the middle of a question, and says nothing', async () => {
    for (const how of ['end', 'destroy'] as const) {
      const child = spawn(process.execPath, [main, 'mcp', '--root', fixture('1.18.33')], { env: env() })
      let stderr = ''
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString()
      })
      const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
      const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } }
      say({ id: 1, method: 'initialize', params: hello })
      await once(child.stdout, 'data')
      say({ method: 'notifications/initialized' })
      child.stdin.write('this is no message\n')
      for (let id = 2; id < 50; id++)
        say({ id, method: 'tools/call', params: { name: 'search_sessions', arguments: { query: 'parser' } } })
      if (how === 'destroy') child.stdout.destroy()
      child.stdin.end()
      const [code] = await once(child, 'exit')
      expect({ how, code, stderr }).toEqual({ how, code: 0, stderr: '' })
    }
  })

  test('answers what a file asks, and ends with it', () => {
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } }
    const asked = [
      { id: 1, method: 'initialize', params: hello },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/list' },
    ]
    const path = join(tempDir('asked'), 'asked.jsonl')
    writeFileSync(path, asked.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join(''))
    const stdin = openSync(path, 'r')
    onTestFinished(() => closeSync(stdin))
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'mcp', '--root', fixture('1.18.33')], {
      env: env(),
      stdio: [stdin, 'pipe', 'pipe'],
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([1, 2])
  })

  test.skipIf(process.platform !== 'linux')('needs no more memory for many questions than for some', async () => {
    const { client, pid } = await connected(fixture('1.18.33'))
    const ask = async (times: number) => {
      for (let count = 0; count < times; count++) {
        await search(client, `parser OR word${count}`)
        await client.callTool({ name: 'read_session', arguments: { id: 'ses_e0357cce', include: ['tools'] } })
        await client.callTool({ name: 'error_history', arguments: { text: `Error: cannot find ${count}` } })
      }
    }
    await ask(5)
    await ask(times(15, 330))
    expect(memoryOf(pid)).toBeLessThan(200 * 2 ** 20)
  })
})
