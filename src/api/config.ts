import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import * as v from 'valibot'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { makeFolder, writeAtomically } from '../base/files.ts'
import { isObject } from '../base/json.ts'
import { nearestName } from '../base/nearest.ts'
import { ownConfigFile } from '../base/own-data.ts'

const path = v.pipe(
  v.string(),
  v.check((text) => isAbsolute(text), 'is no absolute path'),
)

const entries = {
  /** Archives that are looked at beside this machine's stores. */
  archives: v.optional(v.array(path)),
  /** Backups that shall not be: nobody asks about them again. */
  declined: v.optional(v.array(path)),
}

const schema = v.strictObject(entries)

/** What a person has set for all of ocvault. */
export type Config = v.InferOutput<typeof schema>
export type ConfigKey = keyof typeof entries

const configKeys = Object.keys(entries) as readonly ConfigKey[]

/**
 * The key of a name.
 * @throws OcvaultError `usage`, which names the nearest, for what is no key
 */
export function configKey(name: string, where = ''): ConfigKey {
  const key = configKeys.find((each) => each === name)
  if (key) return key
  throw new OcvaultError(
    'usage',
    `${where}there is no setting ${JSON.stringify(name)}; the nearest is ${JSON.stringify(nearestName(name, configKeys))}`,
  )
}

/**
 * What is set; nothing where there is no file.
 * @throws OcvaultError `failed` when the file cannot be read, `usage` when it says what cannot be
 */
export function readConfig(file = ownConfigFile()): Config {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new OcvaultError('failed', `cannot read ${file}: ${reasonOf(error)}`, { cause: error })
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new OcvaultError('usage', `${file} is no JSON: ${reasonOf(error)}`, { cause: error })
  }
  if (!isObject(content)) throw new OcvaultError('usage', `${file} is no JSON object`)
  for (const name of Object.keys(content)) configKey(name, `${file}: `)
  const parsed = v.safeParse(schema, content)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new OcvaultError('usage', `${file}: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`)
}

/** @throws OcvaultError as {@link readConfig}, and `failed` when it cannot be written */
function change(changed: (config: Config) => Config, file: string): void {
  const content = changed(readConfig(file))
  makeFolder(dirname(file))
  writeAtomically(file, [Buffer.from(`${JSON.stringify(content, null, 2)}\n`)])
}

/**
 * Sets a key; paths are taken from this directory.
 * @throws OcvaultError as {@link readConfig}, and `failed` when it cannot be written
 */
export function setConfig(key: ConfigKey, values: readonly string[], file = ownConfigFile()): void {
  const paths = [...new Set(values.map((value) => resolve(value)))]
  change((config) => ({ ...config, [key]: paths }), file)
}

/**
 * Notes that an archive shall not be remembered.
 * @throws OcvaultError as {@link setConfig}
 */
export function declineArchive(archive: string, file = ownConfigFile()): void {
  setConfig('declined', [...(readConfig(file).declined ?? []), archive], file)
}

/**
 * Whether a person has said about an archive whether it is remembered.
 * @throws OcvaultError as {@link readConfig}
 */
export function isDecided(archive: string, file = ownConfigFile()): boolean {
  const { archives = [], declined = [] } = readConfig(file)
  return [...archives, ...declined].includes(resolve(archive))
}

/**
 * Remembers an archive, whatever was said about it before. @returns false where it was already
 * @throws OcvaultError as {@link setConfig}
 */
export function rememberArchive(archive: string, file = ownConfigFile()): boolean {
  const { archives: known = [], declined = [] } = readConfig(file)
  if (known.includes(resolve(archive))) return false
  if (declined.includes(resolve(archive))) {
    setConfig(
      'declined',
      declined.filter((each) => each !== resolve(archive)),
      file,
    )
  }
  setConfig('archives', [...known, archive], file)
  return true
}

/** Takes a key out. @returns false where it was not set. @throws OcvaultError as {@link setConfig} */
export function unsetConfig(key: ConfigKey, file = ownConfigFile()): boolean {
  if (readConfig(file)[key] === undefined) return false
  change((config) => Object.fromEntries(Object.entries(config).filter(([name]) => name !== key)), file)
  return true
}
