import { type VerifyOptions, type VerifyReport, verifyArchive } from '../archive/read/verify.ts'
import { headOf } from '../base/regular.ts'
import type { Request } from './requests.ts'

/**
 * Checks all of an archive, and where a catalog is given what its stores have since; writes nothing.
 * @throws OcvaultError what {@link verifyArchive} throws
 */
export const verifyFrom = ({ archive }: Request<'verify'>, options: VerifyOptions = {}): Promise<VerifyReport> =>
  verifyArchive(archive, options)

/** Whether a file begins as age has it. */
export function isEncrypted(path: string): boolean {
  try {
    return /^(age-encryption\.org\/|-----BEGIN AGE)/.test(headOf(path))
  } catch {
    return false // what is wrong is said where it is opened
  }
}
