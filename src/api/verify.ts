import { type VerifyOptions, type VerifyReport, verifyArchive } from '../archive/read/verify.ts'
import type { Request } from './requests.ts'

/**
 * Checks all of an archive, and where a catalog is given what its stores have since; writes nothing.
 * @throws OcvaultError what {@link verifyArchive} throws
 */
export const verifyFrom = ({ archive }: Request<'verify'>, options: VerifyOptions = {}): Promise<VerifyReport> =>
  verifyArchive(archive, options)

export { isEncrypted } from '../archive/read/recognise.ts'
