/** Where the entries of an archive go: a zip, or a folder. */
export interface ArchiveSink {
  /** Called before the first entry: there is something to write. Once more after it was abandoned, when it begins anew. */
  begin(): void
  /**
   * Takes an entry; none comes twice, and `manifest.json` is the last.
   * @param blocks are only lent, and to be read to the end
   */
  add(name: string, blocks: Iterable<Uint8Array>): Promise<void>
  /** Puts everything into its place. */
  finish(): Promise<void>
  /** After a failure: leaves nothing that looks whole and is not. */
  abandon(): Promise<void>
}
