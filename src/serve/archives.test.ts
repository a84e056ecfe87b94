import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backUp } from '../api/backup.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { backup } from '../testing/mirrors.ts'
import { TestServer } from '../testing/server.ts'
import { storeOf, tempDir } from '../testing/temp.ts'

interface Listed {
  readonly sessions: readonly { readonly id: string; readonly title: string }[]
}

const store = storeOf('1.18.33')

async function zipped(): Promise<string> {
  const output = join(tempDir(), 'all.zip')
  const catalog = openCatalog({ roots: [store] })
  try {
    await backUp(catalog, { output }, { tool: 'test', onProblem: () => expect.unreachable() })
  } finally {
    catalog.close()
  }
  return output
}

async function mirrored(): Promise<string> {
  const folder = tempDir()
  await backup(store, folder)
  return folder
}

test.each([
  ['zip', zipped],
  ['mirror', mirrored],
])('a %s is listed, read, added up and looked at as the store that it is of', async (_kind, make) => {
  const root = await make()
  const [of, from] = [await TestServer.entered({ roots: [store] }), await TestServer.entered({ roots: [root] })]
  const ids = async (server: TestServer) =>
    (await server.json<Listed>('/api/sessions?subagents=yes')).sessions.map(({ id, title }) => [id, title])
  const listed = await ids(of)
  expect(listed.length).toBeGreaterThan(0)
  expect(await ids(from)).toEqual(listed)
  for (const [id] of listed) {
    const messages = `/api/sessions/${id}/messages`
    expect(await from.json(messages)).toEqual(await of.json(messages))
    expect((await from.ask(`/s/${id}`)).status).toBe(200)
  }
  const { stores } = await from.json<{ stores: { kind: string }[] }>('/api/stores')
  expect(stores.map(({ kind }) => kind)).toEqual(['archive'])
  for (const page of ['/stats/view', '/health/view?examine=yes']) expect((await from.ask(page)).status).toBe(200)
})
