import type { SqlValue } from '../../sqlite/port.ts'
import { longestToken } from '../text/tokens.ts'
import type { Prepared } from './meta.ts'

/** So many words are remembered to be listed. */
const wordsRemembered = 200_000

const decoder = new TextDecoder()

/** The list of all words of an index. Words of what was removed stay in it: nobody looks for them. */
export class Words {
  readonly #prepared: Prepared
  readonly #read: <T>(run: () => T) => T
  /** Words that are listed, as far as they are remembered. */
  readonly #listed = new Set<string>()

  /** @param read what reading goes through, so that trouble has one name */
  constructor(prepared: Prepared, read: <T>(run: () => T) => T) {
    this.#prepared = prepared
    this.#read = read
  }

  /** Lists the words of a text that was cut for the index. */
  add(text: string | Uint8Array): void {
    const insert = this.#prepared('INSERT INTO word (word) VALUES (?) ON CONFLICT DO NOTHING')
    const words = typeof text === 'string' ? text : decoder.decode(text)
    // What FTS5's tokenizer `ascii` takes for a word.
    for (const word of words.toLowerCase().match(/[a-z0-9\u0080-\uffff]+/g) ?? []) {
      if (this.#listed.has(word)) continue
      if (this.#listed.size >= wordsRemembered) this.#listed.clear()
      this.#listed.add(word)
      insert.run(word)
    }
  }

  /** Lists all words of a new index at once. */
  addAll(): void {
    this.#prepared('CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, text, row)').run()
    this.#prepared('INSERT INTO word SELECT term FROM temp.vocabulary').run()
  }

  /** What was listed may have been taken back. */
  forget(): void {
    this.#listed.clear()
  }

  /** Words in which some letters stand; null when there are more than `limit`. @param letters of `[a-z0-9]` */
  with(letters: string, limit: number): string[] | null {
    const sql = 'SELECT word FROM word WHERE instr(word, ?) > 0 OR octet_length(word) >= ? LIMIT ?'
    // A word that was cut may have held them.
    const words = this.#all(sql, letters, longestToken - 1, limit + 1)
    return words.length > limit ? null : words
  }

  /**
   * Words with a beginning and so many characters, of which the first few are passed by; also words that no session holds any
   * more.
   */
  like(beginning: string, shortest: number, longest: number, skip: number): string[] {
    const sql = 'SELECT substr(word, ?) AS word FROM word WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?'
    return this.#all(sql, skip + 1, beginning, `${beginning}\u{10ffff}`, shortest + skip, longest + skip)
  }

  #all(sql: string, ...params: SqlValue[]): string[] {
    return this.#read(() => this.#prepared(sql).all(...params)).map(({ word }) => String(word))
  }
}
