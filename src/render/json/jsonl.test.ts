import { expect, test } from 'vitest'
import { readConversation } from '../../conversation/conversation.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { storeOf } from '../../testing/temp.ts'
import { printJSONL } from './jsonl.ts'
import { messageJSON, sessionJSON } from './session-json.ts'

test.each(['1.18.33', '2.0-constructed'])('sessions of %s as JSON lines are what list and show print', (release) => {
  const catalog = openCatalog({ roots: [storeOf(release)] })
  for (const session of catalog.sessions()) {
    const lines = [...printJSONL(sessionJSON(session), readConversation(catalog, session.id), () => expect.unreachable())]
    const objects = lines.join('').trimEnd().split('\n')
    const messages = [...readConversation(catalog, session.id)].map((message) => {
      return { type: 'message', sessionID: session.id, ...messageJSON(message) }
    })
    expect(objects).toEqual([{ type: 'session', ...sessionJSON(session) }, ...messages].map((object) => JSON.stringify(object)))
  }
  catalog.close()
})
