/** Where the entries of an archive are. */
export interface EntrySource {
  /** Names and sizes in bytes of everything that is there. */
  readonly sizes: ReadonlyMap<string, number>
  /** What is wrong with it as a whole, so that only a part of it may be there. */
  readonly fault: string | null
  /** @throws OcvaultError `failed` when it is not there, or damaged as far as the source can tell */
  read(entry: string): Promise<Uint8Array>
  /** The same at once, for a store, which is asked and answers, and in the middle of a transaction. */
  readNow(entry: string): Uint8Array
  /**
   * What an entry begins with, unpacked: as much as some of its first bytes hold, unproved.
   * @param bytes how many of them are read
   */
  beginning(entry: string, bytes: number): Uint8Array
  /** The same in blocks, each gone when the next is asked for. */
  blocks(entry: string): AsyncIterable<Uint8Array>
  /** Whether every byte is as it was written, of what no entry holds too. */
  wholeness(onBytes?: (bytes: number) => void): Promise<'whole' | 'changed' | 'repacked'>
  /** Files that are no longer of the archive: a backup into this folder has still to clear them. */
  omit(entries: Iterable<string>): void
  close(): void
}
