// Runs before `npm start` and `npm test`, with whatever Node the machine has: installs and builds when something changed, else
// looks at a few file times and is done. Plain JavaScript, because nothing is installed yet when it first runs.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...path) => join(root, ...path)

function run(command, ...args) {
  const env = { ...process.env, PATH: at('node_modules', '.bin') + delimiter + process.env.PATH }
  // Output goes to stderr: stdout belongs to the command that follows.
  execFileSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
}

const lock = createHash('sha256')
  .update(readFileSync(at('package-lock.json')))
  .digest('hex')
const stamp = at('node_modules', '.installed-lock')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  process.stderr.write('Installing what the repository needs (once)…\n')
  // Not `npm ci`: it refuses a lock file made where the registry has no binaries for the other platforms.
  run('npm', 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error')
  writeFileSync(stamp, lock)
}

const newestBelow = (path) =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newestBelow(join(path, name))))
    : statSync(path).mtimeMs
const sources = ['src', 'package.json', 'tsconfig.json', 'tsdown.config.ts'].map((name) => newestBelow(at(name)))
const built = at('dist', 'main.js')
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
  process.stderr.write('Building…\n')
  run('tsdown', '--logLevel', 'error')
}
