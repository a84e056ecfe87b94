import type * as crypto from 'node:crypto'

/** Loaded with the first hash: it takes longer than most of what a list does, which needs none. */
const loaded = (): typeof crypto => process.getBuiltinModule('node:crypto')

/** As Node's own. */
export const createHash = (algorithm: 'sha1' | 'sha256'): crypto.Hash => loaded().createHash(algorithm)

/** As Node's own. */
export const randomBytes = (size: number): Buffer => loaded().randomBytes(size)
