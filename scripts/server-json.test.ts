import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '..', name), 'utf8'))

test('the entry for the MCP registry says what the package says', () => {
  const [server, { name, version, mcpName }] = [read('server.json'), read('package.json')]
  expect(server).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] })
  // What the registry takes.
  expect(server.description.length).toBeLessThanOrEqual(100)
})
