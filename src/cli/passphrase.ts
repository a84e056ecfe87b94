import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Keys } from '../archive/encrypt.ts'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import type { KeyFlags } from './common-flags.ts'

const variable = 'OCVAULT_PASSPHRASE'

/** A line that a person types, which the terminal does not show. */
async function typed(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  process.stderr.write(question)
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/**
 * The pass phrase for a new archive: from the environment, or typed twice.
 * @throws OcvaultError `usage` where nobody can type it
 */
export async function newPassphrase(): Promise<string> {
  const given = process.env[variable]
  if (given) return given
  if (!process.stdin.isTTY) throw new OcvaultError('usage', `no terminal to type the pass phrase at; set ${variable}`)
  const first = await typed('Pass phrase: ')
  if (first === '') throw new OcvaultError('usage', 'the pass phrase is empty')
  if ((await typed('Once more: ')) !== first) throw new OcvaultError('usage', 'the two pass phrases differ')
  return first
}

/**
 * What an archive is opened with: a file of age identities, else a pass phrase from the environment or, for an encrypted one,
 * typed.
 */
export async function keysFor(flags: KeyFlags, isEncrypted: boolean): Promise<Keys> {
  if (flags.identity !== undefined) {
    try {
      return { identity: await readFile(flags.identity, 'utf8') }
    } catch (error) {
      throw new OcvaultError('failed', `cannot read ${flags.identity}: ${reasonOf(error)}`, { cause: error })
    }
  }
  const given = process.env[variable]
  if (given) return { passphrase: given }
  return isEncrypted && process.stdin.isTTY ? { passphrase: await typed('Pass phrase: ') } : {}
}
