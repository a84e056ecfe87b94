import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { readConversation, readMessage } from './conversation.ts'
import type { Message } from './message.ts'

/** Every store that a real release wrote, against an independent reading of it (`expected.json`, made by plain Python). */
const stores = join(import.meta.dirname, '../../fixtures/stores')

interface Expected {
  id: string
  title: string | null
  parentID: string | null
  created: number
  updated: number
  archived: number | null
  directory: string | null
  copies: (Omit<Expected, 'copies'> & {
    store: string
    messages: { id: string; role: string; created: number; text: string; tools: string[] }[]
  })[]
}

const kinds: Readonly<Record<string, string>> = { 'json-tree': 'json' }
/** 2.x has more message types than the one shape has roles. */
const roles: Readonly<Record<string, string>> = {
  synthetic: 'user',
  skill: 'user',
  shell: 'user',
  compaction: 'assistant',
  'agent-switched': 'system',
  'model-switched': 'system',
  'location-switched': 'system',
  idle: 'system',
}

const texts = (message: Message) => message.parts.filter((part) => part.type === 'text')
const outline = (message: Message) => ({
  id: message.id,
  role: message.role,
  created: message.time.created,
  text: texts(message)
    .map((part) => part.text)
    .join('\n'),
  tools: message.parts.filter((part) => part.type === 'tool').map((part) => part.tool),
})
const expectedOutline = (message: Expected['copies'][number]['messages'][number]) => ({
  ...message,
  role: roles[message.role] ?? message.role,
})

describe.each(readdirSync(stores))('the store of %s', (release) => {
  const catalog = openCatalog({ roots: [join(stores, release, 'opencode')] })
  const expected: Expected[] = JSON.parse(readFileSync(join(stores, release, 'expected.json'), 'utf8'))

  test('is listed whole: each session once, newest first, with all its copies', () => {
    const listed = [...catalog.sessions()].map((session) => ({
      id: session.id,
      title: session.title,
      parentID: session.parentID,
      created: session.time.created,
      updated: session.time.updated,
      archived: session.time.archived,
      directory: session.directory,
      copies: session.copies.map((copy) => [kinds[copy.store] ?? copy.store, copy.updated]),
    }))
    expect(listed).toEqual(
      expected.map((session) => ({ ...session, copies: session.copies.map((copy) => [copy.store, copy.updated]) })),
    )
    expect(catalog.problems()).toEqual([])
  })

  test.each(expected.map((session) => [session.id, session] as const))('%s reads as it was written', (id, session) => {
    expect([...readConversation(catalog, id)].map(outline)).toEqual(session.copies[0]!.messages.map(expectedOutline))
  })

  test('every answer names the one model of the scenes', () => {
    const sessions = [...catalog.sessions()]
    const answers = sessions
      .flatMap(({ id }) => [...readConversation(catalog, id)])
      .filter(({ role, kind }) => role === 'assistant' && kind === 'answer')
    expect(new Set(answers.map(({ model }) => `${model?.providerID}/${model?.modelID}`))).toEqual(
      new Set(release === '2.0-constructed' ? ['fake/m1', 'fake/m2'] : ['fake/m1']),
    )
  })

  test('every copy reads as it was written', () => {
    for (const { store } of catalog.stores) {
      for (const header of store.sessions()) {
        const copy = expected
          .find(({ id }) => id === header.id)
          ?.copies.find(({ store: kind }) => kind === (kinds[store.kind] ?? store.kind))
        expect([...store.messages(header.id)].map(readMessage).map(outline)).toEqual(copy!.messages.map(expectedOutline))
      }
    }
  })
})
