import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { run } from './support/ocvault.ts'
import { writeDatabase, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** A home with a sound database, and as another channel's one that a test changes. */
function homeWith(change: (db: DatabaseSync) => void): string {
  const home = tempDir('home')
  const prompt = (text: string) => [{ role: 'user' as const, parts: [{ type: 'text', text }] }]
  const path = writeHome(home, [{ id: 'ses_sound', title: 'Sound', messages: prompt('a marzipan question') }])
  const other = join(dirname(path), 'opencode-old.db')
  writeDatabase(other, [{ id: 'ses_odd', title: 'Odd', messages: prompt('a marzipan answer') }])
  const db = new DatabaseSync(other)
  change(db)
  db.close()
  return home
}

/** Every reading command, and whether it must end well or may say that something could not be read. */
async function everyCommand(home: string): Promise<void> {
  const out = tempDir('out')
  const commands = [
    ['list', '--all', '--json'],
    ['show', 'ses_sound', '--json'],
    ['where', '--json'],
    ['search', 'marzipan', '--all', '--json'],
    ['search', 'marzipan', '--all', '--no-index', '--json'],
    ['export', 'ses_sound'],
    ['backup', '--all', '-o', join(out, 'all.zip')],
  ]
  for (const args of commands) {
    const { code, stdout, stderr } = await run(args, { home })
    const label = `${args.join(' ')}: ${stderr}`
    expect([0, 5], label).toContain(code)
    expect(stderr, label).not.toMatch(/unexpected|no such column/)
    if (args[0] === 'backup') expect((await run(['verify', join(out, 'all.zip')], { home })).code).toBe(0)
    else expect(stdout, label).toContain(args[0] === 'where' ? 'opencode.db' : 'ses_sound')
  }
}

/** Makes a table anew without a column. */
function without(db: DatabaseSync, table: string, column: string): void {
  const names = db.prepare('SELECT name FROM pragma_table_info(?)').all(table)
  const left = names.map(({ name }) => `"${name}"`).filter((name) => name !== `"${column}"`)
  db.exec(`CREATE TABLE made AS SELECT ${left.join(', ')} FROM "${table}"; DROP TABLE "${table}"`)
  db.exec(`ALTER TABLE made RENAME TO "${table}"`)
}

test('a database that another program made beside a sound one', async () => {
  const home = homeWith((db) => {
    for (const table of ['part', 'message', 'session', 'project']) db.exec(`DROP TABLE ${table}`)
    db.exec('CREATE TABLE session (id, directory, time_created, time_updated)')
    db.exec('CREATE TABLE message (id, session_id); CREATE TABLE project (id)')
    db.exec("INSERT INTO session VALUES ('ses_theirs', '/nowhere', 1, 2)")
  })
  await everyCommand(home)
})

test.each(['session.id', 'session.parent_id', 'message.session_id', 'part.message_id'])(
  'a database without the column %s beside a sound one',
  async (missing) => {
    const [table, column] = missing.split('.') as [string, string]
    await everyCommand(homeWith((db) => without(db, table, column)))
  },
)
