import { OcvaultError } from '../base/errors.ts'

/** There is nothing under a key: named, and worded, as by the original, which programs look at. */
export class NotFoundError extends OcvaultError {
  override readonly name = 'NotFoundError'
  readonly data: { readonly message: string }

  /** @param place the file, or the key where there are no files */
  constructor(place: string) {
    super('not-found', `Resource not found: ${place}`, { hint: 'storage-keys' })
    this.data = { message: this.message }
  }
}

/** A key cannot be written where it is read: in a database, an archive, a file. */
export class ReadOnlyError extends OcvaultError {
  override readonly name = 'ReadOnlyError'

  constructor(message: string) {
    super('refused', message)
  }
}
