import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { omit } from '../base/omit.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { storeOf } from '../testing/temp.ts'
import { readConversation } from './conversation.ts'
import { outlineOf, readPiece } from './outline.ts'

const releases = readdirSync(join(import.meta.dirname, '../../fixtures/stores')).filter((name) => /^\d|^upgraded/.test(name))

describe.each(releases)('the outline of each session of %s', (release) => {
  test('has every message as the whole conversation has it, and gives any piece of it', () => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    let prompts = 0
    for (const { id } of catalog.sessions()) {
      const whole = [...readConversation(catalog, id)]
      const outline = outlineOf(catalog, id)
      const known = ({ id, role, kind, tokens, cost, reverted, time }: (typeof whole)[number]) => {
        return { id, role, kind, tokens, cost, reverted, created: time.created }
      }
      expect(outline.items.map((item) => omit(item, ['opening']))).toEqual(whole.map(known))
      prompts += outline.items.filter(({ opening }) => opening !== null && opening !== '').length
      const middle = Math.floor(whole.length / 2)
      expect([...readPiece(catalog, outline, middle, middle + 3)]).toEqual(whole.slice(middle, middle + 3))
      expect([...readPiece(catalog, outline, whole.length, whole.length + 3)]).toEqual([])
    }
    expect(prompts).toBeGreaterThan(0)
    catalog.close()
  })
})
