import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { objectOf, parseObject, textOf } from '../../base/json.ts'
import { type Problem, ProblemLog } from '../../base/problems.ts'
import { cutOffLength, cutOffWords } from '../../sqlite/cut-off.ts'
import { isDamaged } from '../../sqlite/damage.ts'
import { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import { generationOf, stampOf } from '../generation.ts'
import { type Salvaged, salvaged } from '../lost/salvaged.ts'
import { SqliteV1Store } from '../sqlite/sqlite-v1.ts'
import { SqliteV2Store } from '../sqlite/sqlite-v2.ts'
import type { Store } from '../store.ts'
import { ContainedStore } from './contained-store.ts'
import type { Opened, OpenedStore } from './opened.ts'
import { SalvagedStore } from './salvaged-store.ts'

const goOpenCode = 'written by the old OpenCode in Go (now Crush), another program with the same file name: not read'

/**
 * Opens what a database holds: tables of 1.x, of 2.x, or both. Of one whose pages do not lead to its rows any more, what could be
 * dug out of them.
 * @param without what it is to say of one that has neither: `foreign` where it was not to be expected that it has
 * @throws OcvaultError when it cannot be read
 */
export function openDatabase(path: string, without: Problem['kind'] = 'unreadable'): Opened {
  let db: Database | undefined
  try {
    const kept = salvaged(path, { kept: true })
    if (kept) return inSalvaged(path, kept)
    db = new Database(path)
    if (db.cutOff || isDamaged(db)) {
      const dug = salvaged(path)
      if (dug) {
        db.close()
        return inSalvaged(path, dug)
      }
    }
    return inDatabase(db, without)
  } catch (error) {
    db?.close()
    const dug = db === undefined && saysDamaged(error) ? salvaged(path) : undefined
    if (dug) return inSalvaged(path, dug)
    if (!isCorruption(error)) throw error
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

const saysDamaged = (error: unknown) => error instanceof OcvaultError && isCorruption(error.cause)

/** What was dug out of a damaged database, in place of it. */
function inSalvaged(path: string, found: Salvaged): Opened {
  const log = new ProblemLog()
  const cutOff = cutOffLength(path)
  const what = `${found.sessions.toLocaleString('en')} sessions, ${found.messages.toLocaleString('en')} messages`
  log.add(path, `${cutOff ? cutOffWords(cutOff) : 'is damaged'}; shown is what its pages still hold: ${what}`)
  return {
    stores: storesIn(found.db, log, 'unreadable', (store) => new SalvagedStore(store, found)),
    problems: log.all(),
    generation: () => generationOf([stampOf(path), stampOf(`${path}-wal`)]),
    again: () => openDatabase(path),
    close: () => found.close(),
  }
}

function inDatabase(db: Database, without: Problem['kind']): Opened {
  const log = new ProblemLog()
  if (db.cutOff) log.add(db.path, `${cutOffWords(db.cutOff)}; shown is what can still be reached`)
  const stores = storesIn(db, log, without)
  if (stores.length === 0) db.close()
  return {
    stores,
    problems: log.all(),
    generation: () => generationOf([stampOf(db.path), stampOf(`${db.path}-wal`)]),
    // Tables may have come, and columns.
    again: () => (stores.length === 0 ? openDatabase(db.path, without) : inDatabase(db, without)),
    close: () => db.close(),
  }
}

function storesIn(
  db: Database,
  log: ProblemLog,
  without: Problem['kind'],
  contained = (store: Store): ContainedStore => new ContainedStore(store),
): OpenedStore[] {
  const tables = db.tables()
  const stores: OpenedStore[] = []
  const v2 = tables.has('session_v2') || (tables.has('session') && tables.has('session_message') && !tables.has('message'))
  const v1 = tables.has('session') && tables.has('message')
  if (v2 && hasIDs(db, tables.has('session_v2') ? 'session_v2' : 'session', log)) {
    stores.push({ store: contained(new SqliteV2Store(db, tables)), readBy: 'v2', frozen: false })
  }
  if (v1 && hasIDs(db, 'session', log)) {
    const frozen = v2 && migrated(db, tables, log)
    stores.push({ store: contained(new SqliteV1Store(db, tables)), readBy: 'v1', frozen })
  }
  if (v1 || v2) return stores
  if (tables.has('sessions')) log.add(db.path, goOpenCode, 'foreign')
  else log.add(db.path, tables.size === 0 ? 'an empty database' : 'a database without OpenCode’s session tables', without)
  return stores
}

/** Without ids there are no sessions; the table is another program's, or damaged. */
function hasIDs(db: Database, table: string, log: ProblemLog): boolean {
  const known = db.columns(table).has('id')
  if (!known) log.add(db.path, `table ${table} has no column id: its sessions cannot be read`)
  return known
}

/** Whether the one-time copy of 1.x sessions into the 2.x tables is over (2.x: `kv['migration.v1-v2']`). */
function migrated(db: Database, tables: ReadonlySet<string>, log: ProblemLog): boolean {
  if (!tables.has('kv')) return false
  let row: Row | undefined
  try {
    row = db.get("SELECT value FROM kv WHERE key = 'migration.v1-v2'")
  } catch (error) {
    const reason = isCorruption(error) ? 'damaged pages' : 'not as 2.x makes it'
    log.add(db.path, `table kv: ${reason}; whether 2.x has copied all 1.x sessions is not known`)
  }
  return objectOf(parseObject(textOf(row?.value))).phase === 'completed'
}
