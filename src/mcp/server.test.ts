import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Memory } from '../memory/memory.ts'
import { questions } from '../memory/questions.ts'
import { databaseOf } from '../testing/dialogue.ts'
import { tempDir } from '../testing/temp.ts'
import { memoryServer } from './server.ts'

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', tempDir())
  return () => void vi.unstubAllEnvs()
})

const start = Date.UTC(2026, 10, 21, 12)

/** A client of a server that remembers one session. */
async function connected(roots?: readonly string[]): Promise<Client> {
  const path = databaseOf(
    { id: 'ses_here', directory: '/work/here', start, lines: [['you', 'about the lighthouse']] },
    { id: 'ses_other', directory: '/work/other', start: start + 5000, lines: [['you', 'about the lighthouse']] },
  )
  const memory = new Memory({ roots: [path] })
  const client = new Client({ name: 'test', version: '1' }, roots ? { capabilities: { roots: {} } } : {})
  if (roots) client.setRequestHandler('roots/list', () => ({ roots: roots.map((uri) => ({ uri })) }))
  const [near, far] = InMemoryTransport.createLinkedPair()
  await memoryServer(memory, '1.2.3').connect(far)
  await client.connect(near)
  onTestFinished(async () => {
    await client.close()
    await memory.close()
  })
  return client
}

describe('the MCP server', () => {
  test('has tools that only read, each with what it takes and gives', async () => {
    const { tools } = await (await connected()).listTools()
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(questions))
    for (const { name, annotations, inputSchema, outputSchema, description } of tools) {
      expect(annotations, name).toMatchObject({ readOnlyHint: true, openWorldHint: false })
      expect(inputSchema, name).toMatchObject({ type: 'object' })
      expect(outputSchema, name).toMatchObject({ type: 'object' })
      expect(description, name).toMatch(/Call it/)
    }
  })

  test('answers as text and as data, which fit what the tool says of itself', async () => {
    const client = await connected()
    // The client checks what comes by the schemas of the list.
    await client.listTools()
    const found = await client.callTool({ name: 'search_sessions', arguments: { query: 'lighthouse' } })
    expect(found.structuredContent).toMatchObject({ total: 2 })
    expect(found.content).toEqual([{ type: 'text', text: JSON.stringify(found.structuredContent) }])
    const session = await client.callTool({ name: 'read_session', arguments: { id: 'ses_here' } })
    expect(session.structuredContent).toMatchObject({ session: 'ses_here', total: 1 })
    expect(session.content).toMatchObject([{ type: 'text', text: expect.stringContaining('about the lighthouse') }])
  })

  test('puts sessions of the client’s root first', async () => {
    for (const place of ['here', 'other']) {
      const client = await connected([`file:///work/${place}`])
      const { structuredContent } = await client.callTool({ name: 'search_sessions', arguments: { query: 'lighthouse' } })
      expect((structuredContent as { hits: { session: string }[] }).hits[0]!.session).toBe(`ses_${place}`)
    }
  })

  test('tells what is wrong with a question in a sentence', async () => {
    const client = await connected()
    const wrong = [
      { name: 'read_session', arguments: { id: 'ses_gone' } },
      { name: 'search_sessions', arguments: { query: '' } },
      { name: 'search_sessions', arguments: { query: 'x'.repeat(100_000) } },
      { name: 'search_sessions', arguments: { query: 'x', limit: -1 } },
      { name: 'search_sessions', arguments: {} },
    ]
    for (const call of wrong) {
      const { isError, content } = await client.callTool(call)
      expect(isError).toBe(true)
      expect(JSON.stringify(content).length).toBeLessThan(1200)
    }
  })

  test('gives sessions as resources, and a prompt about decisions', async () => {
    const client = await connected()
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates).toMatchObject([
      { uriTemplate: 'ocvault://session/{id}' },
      { uriTemplate: 'ocvault://session/{id}/keepsake' },
    ])
    const { contents } = await client.readResource({ uri: 'ocvault://session/ses_here' })
    expect(contents).toMatchObject([{ text: expect.stringContaining('about the lighthouse') }])
    await expect(client.readResource({ uri: 'ocvault://session/ses_gone' })).rejects.toThrow(/no session/)
    const { messages } = await client.getPrompt({ name: 'decisions', arguments: { topic: 'lamps' } })
    expect(messages).toMatchObject([{ role: 'user', content: { text: expect.stringContaining('lamps') } }])
  })
})
