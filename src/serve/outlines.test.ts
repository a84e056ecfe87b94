import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { copyStore } from '../testing/temp.ts'
import { Library } from './library.ts'
import { Outlines } from './outlines.ts'

test('the outline of a session is made anew when something is said in it, and not for what is written elsewhere', async () => {
  const data = copyStore('1.18.33')
  const db = new DatabaseSync(join(data, 'opencode.db'))
  const library = await Library.of([data])
  onTestFinished(() => {
    library.close()
    db.close()
  })
  const [one, other] = db
    .prepare('SELECT session_id AS id, min(id) AS message FROM message WHERE data LIKE \'%"role":"user"%\' GROUP BY session_id')
    .all() as { id: string; message: string }[]
  const outlines = new Outlines(library)
  const first = outlines.of(one!.id)
  const say = async (id: string, text: string) => {
    const before = library.tag()
    db.prepare("UPDATE part SET data = json_set(data, '$.text', ?), time_updated = ? WHERE session_id = ?").run(
      text,
      Date.now(),
      id,
    )
    await expect.poll(() => library.tag(), { timeout: 20_000 }).not.toBe(before)
  }
  await say(other!.id, 'said elsewhere')
  expect(outlines.of(one!.id)).toBe(first)
  await say(one!.id, 'said here')
  expect(outlines.of(one!.id).items.find(({ id }) => id === one!.message)?.opening).toBe('said here')
})
