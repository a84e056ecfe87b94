import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { leavesOf } from '../redact/document.ts'
import { redactSessions } from '../redact/redact.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { planted } from '../testing/secrets.ts'
import { fields } from '../testing/session-fields.ts'
import { emptyDatabase, plainSession, sessionFiles } from '../testing/sessions.ts'
import { tempDir } from '../testing/temp.ts'
import { importSessions } from '../transfer/import/import.ts'
import { LocalSessions } from './local-sessions.ts'
import { saveSession } from './save.ts'
import { WorkTreeShelf } from './work-tree.ts'

test('no saved file, nor its name, holds one of the planted secrets, whatever the field', async () => {
  const worktree = realpathSync(tempDir())
  execFileSync('git', ['init', '--quiet', worktree])
  const secrets = planted()
  const everything = secrets.map(({ text }) => text).join('\n')
  const heads = ['title', 'summary diff'].map((name) => (fields[name]!(everything) as { info: object }).info)
  const { info: plain } = plainSession('s', 0)
  const messages = Object.entries(fields).flatMap(([name, document]) =>
    secrets.flatMap(({ text }, number) =>
      (structuredClone(document(text)) as ReturnType<typeof plainSession>).messages.map((message) => {
        const id = `msg_${name.replace(/\W/g, '')}${number}`
        const parts = message.parts.map((part) => ({ ...part, id: `prt_${id}`, messageID: id, sessionID: plain.id }))
        return { info: { ...message.info, id, sessionID: plain.id }, parts }
      }),
    ),
  )
  const session = { info: { ...heads[1], ...heads[0], id: plain.id, directory: worktree }, messages }
  const database = emptyDatabase()
  const { problems } = await importSessions([sessionFiles(session)], { root: database, project: worktree, undo: tempDir() })
  expect(problems).toEqual([])
  const catalog = openCatalog({ roots: [database] })
  const local = new LocalSessions(catalog, worktree, async (documents) => {
    const redacted = await redactSessions(documents)
    return { documents: redacted.documents, redactions: redacted.findings.length, allowed: 0, kept: 0 }
  })
  const shelf = new WorkTreeShelf(worktree)
  const options = { author: 'Ann', now: 0, dryRun: false, isRunning: false }
  const { path, redactions } = await saveSession(local, plain.id, shelf, options)
  expect(redactions).toBeGreaterThanOrEqual(60)
  const text = readFileSync(join(worktree, '.opencode/sessions', path), 'utf8')
  const all = [path, text, ...[...leavesOf(JSON.parse(text))].map((leaf) => leaf.text)].join('\n')
  expect(secrets.filter(({ value }) => all.includes(value)).map(({ kind }) => kind)).toEqual([])
  expect(await saveSession(local, plain.id, shelf, options)).toMatchObject({ result: 'unchanged' })
  catalog.close()
})

test('the session that is saved is shown to whoever decides what stays in it, and no other', async () => {
  const worktree = realpathSync(tempDir())
  execFileSync('git', ['init', '--quiet', worktree])
  const [first, second] = [plainSession('a', 1), plainSession('b', 2)]
  const database = emptyDatabase()
  await importSessions([sessionFiles(first, second)], { root: database, project: worktree, undo: tempDir() })
  const catalog = openCatalog({ roots: [database] })
  const shelf = new WorkTreeShelf(worktree)
  const shown: string[] = []
  const asking = () =>
    new LocalSessions(catalog, worktree, async (documents) => {
      shown.push(...documents.map(({ info }) => String(info.id)))
      return { documents, redactions: 0, allowed: 0, kept: 0 }
    })
  const compareWith = new LocalSessions(catalog, worktree, async (documents) => ({
    documents,
    redactions: 0,
    allowed: 0,
    kept: 0,
  }))
  const options = { author: 'Ann', now: 0, dryRun: false, isRunning: false, compareWith }
  await saveSession(asking(), first.info.id, shelf, options)
  await saveSession(asking(), second.info.id, shelf, options)
  expect(shown).toEqual([first.info.id, second.info.id])
  catalog.close()
})
