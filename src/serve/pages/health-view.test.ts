import { expect, test } from 'vitest'
import { type Finding, finding } from '../../mend/doctor/finding.ts'
import { healthView } from './health-view.ts'

const page = (findings: readonly Finding[]) => {
  const report = { databases: [], folders: [], sessions: { all: 0, archived: 0 }, findings, notes: [], running: [] }
  return healthView({ session: null, stores: [], stranded: [], hasStoreInUse: true, problems: [] }, report, false)
}

test('each finding has the command that cures it, to be copied, and a hostile name in it stays a word', () => {
  const path = "/tmp/it's <b>"
  const html = page([
    finding('event-log', path, 'the log is large', { cure: { do: 'compact', database: path } }),
    finding('moved-directory', '/x.db', 'it moved', { cure: { do: 'relink', from: '/old', to: null } }),
    finding('large-log', '/y.db', 'nothing to be done'),
  ])
  expect(html.match(/<pre>.*<\/pre>/g)).toEqual([
    "<pre>ocvault compact --root '/tmp/it'\\''s &lt;b&gt;'</pre>".replaceAll("'", '&#39;'),
    '<pre>ocvault relink /old NEW</pre>',
  ])
})
