import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The file that `opencode-ai` puts there when it is installed. */
const manifest = createRequire(import.meta.url).resolve('opencode-ai/package.json')

/** The release that the tests run: the one that is installed. */
export const pinned = {
  version: String(JSON.parse(readFileSync(manifest, 'utf8')).version),
  binary: join(dirname(manifest), 'bin', 'opencode.exe'),
}

/** Where binaries of other releases are kept: `<version>/bin/opencode`. */
export const releasesFolder = join(homedir(), '.cache', 'opencode-releases')

/** The program of a release. One that is neither installed nor kept comes from npm. */
export function releaseBinary(version: string, kept = releasesFolder): string {
  if (version === pinned.version) return pinned.binary
  const folder = join(kept, version)
  const binary = join(folder, 'bin', 'opencode')
  if (existsSync(binary)) return binary
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const name = `opencode-${process.platform}-${process.arch}@${version}`
  process.stderr.write(`fetching ${name}\n`)
  const packed = execFileSync('npm', ['pack', '--silent', name], { cwd: dirname(part), encoding: 'utf8' }).trim()
  execFileSync('tar', ['xzf', basename(packed), '-C', part, '--strip-components=1'], { cwd: dirname(part) })
  rmSync(join(dirname(part), basename(packed)))
  renameSync(part, folder)
  return binary
}
