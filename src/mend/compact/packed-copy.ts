import { OcvaultError } from '../../base/errors.ts'
import { quoted, quotedList } from '../../sqlite/quoted.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'

/** A table as it is copied. */
interface Copied {
  readonly table: string
  /** Those that hold a value of their own. */
  readonly columns: readonly string[]
  /** What a row is found by. */
  readonly key: readonly string[]
  /** Whether its rows have numbers of their own, which are kept: indexes of sessions go by them. */
  readonly hasRowid: boolean
  /** Which rows come along, in SQL over the alias `a`. */
  readonly where: string
}

/** Where SQLite counts the numbers of `AUTOINCREMENT`. */
const sequence = 'sqlite_sequence'

const own = `type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`

/**
 * Copies a database without its free pages, and without some rows, into a new file: tables first, then their indexes, each as the
 * original says it. Takes room and time for what is copied alone, unlike SQLite's own VACUUM, which would write everything first.
 */
export class PackedCopy {
  readonly #db: WritableDatabase
  readonly #path: string
  readonly #leaveOut: ReadonlyMap<string, string>

  /**
   * @param db the original, not in a transaction
   * @param path of the copy: an empty file
   * @param leaveOut for a table, the rows that do not come along, in SQL over the alias `a`
   * @throws OcvaultError `refused` for a database with tables that are none of rows
   */
  constructor(db: WritableDatabase, path: string, leaveOut: ReadonlyMap<string, string>) {
    this.#db = db
    this.#path = path
    this.#leaveOut = leaveOut
    const [foreign] = db.all("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL %'")
    if (foreign) throw new OcvaultError('refused', `${db.path} has a table that OpenCode does not make: ${foreign.name}`)
  }

  /** @param onTable is told what is copied, or compared */
  make(onTable: (table: string) => void): void {
    this.#inCopy((copy) => {
      const page = Number(this.#db.get('PRAGMA page_size')?.page_size)
      const vacuum = Number(this.#db.get('PRAGMA auto_vacuum')?.auto_vacuum)
      copy.exec(`PRAGMA page_size = ${page}; PRAGMA auto_vacuum = ${vacuum}; BEGIN`)
      // The first statement alone: whoever made the database may have written others behind it.
      for (const sql of this.#made('table')) copy.run(sql)
      copy.exec('COMMIT')
    })
    this.#attached(() => {
      for (const table of this.#tables()) {
        onTable(table.table)
        // SQLite has counted there meanwhile; it comes last.
        if (table.table === sequence) this.#db.exec(`DELETE FROM packed.${sequence}`)
        const names = `${table.hasRowid ? 'rowid, ' : ''}${quotedList(table.columns)}`
        const from = `FROM main.${quoted(table.table)} AS a WHERE ${table.where}${table.hasRowid ? ' ORDER BY rowid' : ''}`
        this.#db.exec(`INSERT INTO packed.${quoted(table.table)} (${names}) SELECT ${names} ${from}`)
      }
      for (const name of ['user_version', 'application_id'])
        this.#db.exec(`PRAGMA packed.${name} = ${Number(this.#db.get(`PRAGMA main.${name}`)?.[name])}`)
    })
    onTable('indexes')
    this.#inCopy((copy) => {
      for (const kind of ['index', 'view', 'trigger']) for (const sql of this.#made(kind)) copy.run(sql)
    })
  }

  /**
   * Compares every row of the original that was to come along with the copy, value by value, and looks at every page of the copy.
   * @throws OcvaultError `failed` when it is not as the original
   */
  check(onTable: (table: string) => void): void {
    this.#attached(() => {
      for (const { table, columns, key, where } of this.#tables()) {
        onTable(table)
        const on = key.map((name) => `a.${quoted(name)} = b.${quoted(name)}`).join(' AND ')
        const differs = columns.map((name) => `a.${quoted(name)} IS NOT b.${quoted(name)}`).join(' OR ')
        const from = `FROM main.${quoted(table)} AS a LEFT JOIN packed.${quoted(table)} AS b ON ${on}`
        const one = this.#db.get(`SELECT 1 ${from} WHERE (${where}) AND (b.${quoted(key[0]!)} IS NULL OR ${differs}) LIMIT 1`)
        const all = this.#db.get(`SELECT count(*) AS n FROM main.${quoted(table)} AS a WHERE ${where}`)?.n
        const copied = this.#db.get(`SELECT count(*) AS n FROM packed.${quoted(table)}`)?.n
        if (one || all !== copied) throw notTheSame(this.#db.path, `table ${table}`)
      }
      const [said] = this.#db.all('PRAGMA packed.quick_check(1)')
      if (said?.quick_check !== 'ok') throw notTheSame(this.#db.path, String(said?.quick_check))
      const schema = (name: string) =>
        this.#db.get(`SELECT group_concat(sql, char(10)) AS all_sql FROM (SELECT sql FROM ${name}.sqlite_schema WHERE sql IS NOT NULL
          AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name)`)?.all_sql
      if (schema('main') !== schema('packed')) throw notTheSame(this.#db.path, 'the schema')
    })
  }

  /** Gives the copy the journal of the original, when nothing is to be written to it any more. */
  finish(journal: string): void {
    if (journal === 'wal') this.#inCopy((copy) => copy.all('PRAGMA journal_mode = WAL'))
  }

  #made(type: string): string[] {
    return this.#db.all(`SELECT sql FROM sqlite_schema WHERE ${own} ORDER BY rowid`, type).map(({ sql }) => String(sql))
  }

  #tables(): Copied[] {
    const sql = `SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
      AND (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = '${sequence}') ORDER BY name = '${sequence}', name`
    return this.#db.all(sql).map(({ name, wr }) => {
      const table = String(name)
      const left = this.#leaveOut.get(table)
      const info = this.#db.all('SELECT name, type, pk FROM pragma_table_info(?)', table)
      const columns = info.map((row) => String(row.name))
      const key = info.filter(({ pk }) => Number(pk) > 0)
      // Such a column is the number itself.
      const isNumber = key.length === 1 && String(key[0]!.type).toUpperCase() === 'INTEGER'
      const hasRowid = wr === 0 && !isNumber
      const where = left === undefined ? '1' : `NOT (${left})`
      return { table, columns, key: hasRowid ? ['rowid'] : key.map((row) => String(row.name)), hasRowid, where }
    })
  }

  #inCopy(run: (copy: WritableDatabase) => void): void {
    const copy = new WritableDatabase(this.#path)
    try {
      copy.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF')
      run(copy)
    } finally {
      copy.close()
    }
  }

  #attached(run: () => void): void {
    this.#db.exec('PRAGMA foreign_keys = OFF')
    this.#db.run('ATTACH ? AS packed', this.#path)
    try {
      this.#db.exec('PRAGMA packed.journal_mode = OFF; PRAGMA packed.synchronous = OFF; PRAGMA packed.cache_size = -16000; BEGIN')
      run()
      this.#db.exec('COMMIT')
    } finally {
      this.#db.rollback()
      this.#db.exec('DETACH packed')
    }
  }
}

const notTheSame = (path: string, what: string) =>
  new OcvaultError('failed', `the copy of ${path} is not as the original (${what}); it was thrown away, and nothing was changed`)
