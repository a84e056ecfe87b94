/** The flags of every command. */
export interface CommonFlags {
  readonly root?: string[]
  readonly json?: boolean
  readonly quiet?: boolean
  readonly color: boolean
}
