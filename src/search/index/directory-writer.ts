import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import { Directory, noParent, parentElsewhere } from './directory.ts'
import type { Meta, Prepared } from './meta.ts'

/** Numbers of sessions that are gone are given back when there are so many, and more than a share of all. */
const mostGone = 1000
const mostGoneShare = 0.25

const columns = 'id, parent, project, directory, updated, archived, first, units, messages'

/** A session of the index as the directory has it; where its parent is, comes later. */
function entryOf(row: Row) {
  const text = (value: unknown) => (value === null ? null : String(value))
  return {
    id: String(row.id),
    first: Number(row.first),
    units: Number(row.units),
    messages: Number(row.messages),
    updated: Number(row.updated),
    parent: row.parent === null ? noParent : parentElsewhere,
    archived: Number(row.archived) === 1,
    origin: { projectID: text(row.project), directory: text(row.directory) },
  }
}

/** Makes the directory of the sessions that an index holds now. */
export function wholeDirectory(prepared: Prepared): Directory {
  prepared('DELETE FROM directory').run()
  prepared('DELETE FROM origin').run()
  const numbers = new Map<SessionID, number>()
  for (const { id } of prepared('SELECT id FROM session ORDER BY first, no').iterate()) numbers.set(String(id), numbers.size)
  const directory = new Directory()
  for (const row of prepared(`SELECT ${columns} FROM session ORDER BY first, no`).iterate()) {
    const entry = entryOf(row)
    directory.add({ ...entry, parent: numbers.get(String(row.parent)) ?? entry.parent })
  }
  return directory
}

/** Puts a session that was written into the directory: in its place, or behind all others. */
export function placeSession(prepared: Prepared, directory: Directory, id: SessionID): void {
  const entry = entryOf(prepared(`SELECT ${columns} FROM session WHERE id = ?`).get(id)!)
  const at = directory.numberOf(id, entry.first)
  if (at === undefined) directory.add(entry)
  else directory.change(at, entry)
}

/** Keeps the directory in the index, after sessions of it changed. @returns it, or a smaller one */
export function saveDirectory(prepared: Prepared, meta: Meta, changed: Directory): Directory {
  let gone = 0
  for (let at = 0; at < changed.count; at++) if (!changed.isHere(at)) gone++
  const directory = gone > mostGone && gone > changed.count * mostGoneShare ? wholeDirectory(prepared) : changed
  linkParents(prepared, directory)
  directory.save(prepared)
  let size = 0
  for (let at = 0; at < directory.count; at++) size += directory.messages[at]!
  meta.set('size', size)
  return directory
}

/** Finds the parents that were read anew, and those that are new. */
function linkParents(prepared: Prepared, directory: Directory): void {
  const sql = `SELECT up.id, up.first FROM session AS own JOIN session AS up ON up.id = own.parent WHERE own.id = ?`
  for (let at = 0; at < directory.count; at++) {
    const known = directory.parents[at]!
    if (known === noParent || (known >= 0 && directory.isHere(known))) continue
    const row = prepared(sql).get(directory.id(at))
    const parent = row ? (directory.numberOf(String(row.id), Number(row.first)) ?? parentElsewhere) : parentElsewhere
    if (parent !== known) directory.setParent(at, parent)
  }
}
