/** A secret in a text: from `start` up to but not including `end`, in UTF-16 units. */
export interface Hit {
  readonly start: number
  readonly end: number
  /** What it is, as its placeholder says: `github-token`, `password`. */
  readonly kind: string
  /**
   * How sure the kind is, where two rules found the same: 3 by the secret's own shape, 2 by where it stands, 1 by the name before
   * it, 0 by what words say.
   */
  readonly rank: 0 | 1 | 2 | 3
}
