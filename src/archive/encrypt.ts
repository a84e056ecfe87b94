import { randomBytes } from 'node:crypto'
import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { unfinishedUntil } from '../base/unfinished.ts'

/** What an encrypted archive is opened with. */
export interface Keys {
  /** The text of a file of age identities: a key a line, `AGE-SECRET-KEY-…`; lines with `#` are comments. */
  readonly identity?: string
  readonly passphrase?: string
}

/** What an archive is encrypted for: age recipients (`age1…`), or a pass phrase. */
export type EncryptFor = { readonly recipients: readonly string[] } | { readonly passphrase: string }

/** The library takes longer to load than most commands to run. */
const load = () => import('age-encryption')

/**
 * A stream of bytes, encrypted in the age format (v1).
 * @param out takes the encrypted bytes
 * @throws OcvaultError `usage` for a recipient that is none
 */
export async function encrypting(
  to: EncryptFor,
  out: (bytes: Uint8Array) => Promise<void>,
): Promise<{ write(bytes: Uint8Array): Promise<void>; end(): Promise<void> }> {
  const { Encrypter } = await load()
  const encrypter = new Encrypter()
  if ('passphrase' in to) encrypter.setPassphrase(to.passphrase)
  else {
    for (const recipient of to.recipients) {
      try {
        encrypter.addRecipient(recipient)
      } catch (error) {
        throw new OcvaultError('usage', `${JSON.stringify(recipient)} is no age recipient (age1…): ${reasonOf(error)}`)
      }
    }
  }
  const through = new TransformStream<Uint8Array, Uint8Array>()
  const writer = through.writable.getWriter()
  const encrypted = await encrypter.encrypt(through.readable)
  // A stream that ends early does not tell its writer why.
  let failure: unknown
  const done = (async () => {
    try {
      for await (const block of encrypted) {
        try {
          await out(block)
        } catch (error) {
          failure = error
          throw error
        }
      }
    } catch (error) {
      failure ??= error
    }
  })()
  const orWhy = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      throw failure ?? error
    }
  }
  return {
    write: (bytes) => orWhy(writer.ready.then(() => writer.write(bytes))),
    end: async () => {
      await orWhy(writer.close())
      await done
      if (failure !== undefined) throw failure
    },
  }
}

/**
 * An encrypted archive as an open file with its plain bytes, which has no name any more where the system allows that, so that it
 * is gone with the process.
 * @throws OcvaultError `usage` without a key, `failed` with a wrong one or when it is damaged
 */
export async function openDecrypted(path: string, { identity, passphrase }: Keys): Promise<number> {
  if (identity === undefined && passphrase === undefined) {
    throw new OcvaultError('usage', `${path} is encrypted`, { hint: 'key' })
  }
  const { Decrypter } = await load()
  const decrypter = new Decrypter()
  for (const line of identity?.split(/\r?\n/) ?? []) {
    const key = line.trim()
    if (key === '' || key.startsWith('#')) continue
    try {
      decrypter.addIdentity(key)
    } catch {
      throw new OcvaultError('usage', 'the identity file holds a line that is no age identity (AGE-SECRET-KEY-…)')
    }
  }
  if (passphrase !== undefined) decrypter.addPassphrase(passphrase)
  const temporary = join(tmpdir(), `ocvault-${randomBytes(12).toString('hex')}.tmp`)
  const remove = () => rmSync(temporary, { force: true })
  const forget = unfinishedUntil(remove)
  const file = openSync(temporary, 'wx+', 0o600)
  try {
    try {
      rmSync(temporary)
      forget()
    } catch {
      process.once('exit', remove) // a system where an open file keeps its name
    }
    const encrypted = Readable.toWeb(createReadStream(path, { highWaterMark: 2 ** 20 })) as ReadableStream<Uint8Array>
    let at = 0
    for await (const block of await decrypter.decrypt(encrypted)) {
      for (let from = 0; from < block.length; ) {
        const written = writeSync(file, block, from, block.length - from, at)
        from += written
        at += written
      }
    }
    return file
  } catch (error) {
    closeSync(file)
    remove()
    forget()
    throw new OcvaultError('failed', `${path} cannot be decrypted: ${reasonOf(error)}`, { cause: error })
  }
}
