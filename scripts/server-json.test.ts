import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '..', name), 'utf8'))

const schemaOfRegistry = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'

const upTo = (longest: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(longest))

/** One release; the registry refuses ranges and `latest`. */
const version = v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+(-[\w.-]+)?$/), v.maxLength(255))

/** What that schema, and the registry's own checks beyond it, ask of an npm package that is started on stdio. */
const entry = v.strictObject({
  $schema: v.literal(schemaOfRegistry),
  name: v.pipe(v.string(), v.maxLength(200), v.regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]*[a-zA-Z0-9]\/[a-zA-Z0-9][\w.-]*[a-zA-Z0-9]$/)),
  title: upTo(100),
  description: upTo(100),
  repository: v.strictObject({
    url: v.pipe(v.string(), v.regex(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/)),
    source: v.literal('github'),
  }),
  version,
  packages: v.tuple([
    v.strictObject({
      registryType: v.literal('npm'),
      identifier: v.pipe(v.string(), v.regex(/^\S+$/)),
      version,
      runtimeHint: v.literal('npx'),
      transport: v.strictObject({ type: v.literal('stdio') }),
      packageArguments: v.array(v.strictObject({ type: v.literal('positional'), value: upTo(100) })),
    }),
  ]),
})

test('the entry for the MCP registry has the shape that the registry takes', () => {
  expect(v.safeParse(entry, read('server.json')).issues).toBeUndefined()
})

test('the entry for the MCP registry says what the package says', () => {
  const [server, { name, version, mcpName, repository }] = [read('server.json'), read('package.json')]
  expect(server).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] })
  expect(repository.url).toBe(`git+${server.repository.url}.git`)
})
