import { configKey, readConfig, setConfig, unsetConfig } from '../api/config.ts'
import { OcvaultError } from '../base/errors.ts'
import { ownConfigFile } from '../base/own-data.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { exitCode } from './exit-code.ts'
import type { ConfigAction, ConfigFlags } from './verbs/config.ts'

/** `ocvault config`. */
export async function configCommand(
  action: ConfigAction,
  name: string | undefined,
  values: readonly string[],
  flags: ConfigFlags,
): Promise<void> {
  if (action === 'path' || action === 'list') {
    if (name !== undefined) throw new OcvaultError('usage', `config ${action} takes no key`)
    process.stdout.write(action === 'path' ? pathText(flags) : listText(flags))
    return
  }
  if (name === undefined) throw new OcvaultError('usage', `say which setting to ${action}`)
  const key = configKey(name)
  if (action === 'set') {
    if (values.length === 0) throw new OcvaultError('usage', `say what ${key} shall be; config unset takes it out`)
    setConfig(key, values)
    return
  }
  if (values.length > 0) throw new OcvaultError('usage', `config ${action} takes no value`)
  const value = readConfig()[key]
  if (value === undefined) {
    if (!flags.quiet) process.stderr.write(`ocvault: ${key} is not set\n`)
    process.exitCode = exitCode.notFound
  } else if (action === 'unset') unsetConfig(key)
  else process.stdout.write(flags.json ? `${safeJSON(value, 2)}\n` : value.map((path) => `${safeLine(path)}\n`).join(''))
}

const pathText = ({ json }: ConfigFlags) => `${json ? safeJSON(ownConfigFile()) : safeLine(ownConfigFile())}\n`

function listText({ json }: ConfigFlags): string {
  const config = readConfig()
  if (json) return `${safeJSON(config, 2)}\n`
  return Object.entries(config)
    .flatMap(([key, paths = []]) => paths.map((path) => `${key}  ${safeLine(path)}\n`))
    .join('')
}
