import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { plainSession, savedText } from '../testing/sessions.ts'
import { tempDir } from '../testing/temp.ts'
import { RefShelf } from './ref-shelf.ts'
import { pull, push } from './remote.ts'
import { giveConsent, needsConsent, remoteOf } from './remote-address.ts'

const git = (directory: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'init.defaultBranch=main', ...args], { cwd: directory, encoding: 'utf8', stdio: 'pipe' })

let clone: string
/** Is there when the hook of a repository has run that lies in the work tree. */
let mark: string

beforeEach(() => {
  vi.stubEnv('XDG_DATA_HOME', tempDir())
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null')
  clone = tempDir()
  mark = join(clone, 'mark')
  git(clone, 'init', '--quiet', '.')
})

const save = () => new RefShelf(clone).write(new Map([['a.json', savedText(plainSession('a'), null)]]))

/** A bare repository in the work tree with a hook, as a clone may bring it. */
function trap(name: string): string {
  git(clone, 'init', '--quiet', '--bare', name)
  writeFileSync(join(clone, name, 'hooks', 'pre-receive'), `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 })
  return join(clone, name)
}

function configured(remote: unknown) {
  mkdirSync(join(clone, '.opencode'), { recursive: true })
  writeFileSync(join(clone, '.opencode', 'ocvault.json'), JSON.stringify({ share: { remote } }))
  return remoteOf(clone)
}

const forbidden = [
  ...[
    './evil.git',
    'evil.git',
    'evil',
    '../x',
    '/tmp/evil.git',
    '~/evil',
    '.',
    'C:/evil.git',
    'c:evil.git',
    '\\\\host\\share',
    'a/b:c',
  ],
  ...[
    'file:evil.git',
    'file:///tmp/evil.git',
    'FILE:///x',
    'ext::sh -c id',
    'fd::3',
    'foo::bar',
    'http://h/x',
    'git://h/x',
    'ftp://h/x',
  ],
  ...[
    '--upload-pack=touch x',
    '-oProxyCommand=x',
    'ssh://-oProxyCommand=x/y',
    'ssh://-u@h/x',
    '-u@h:x',
    'git@-h:x',
    'git@h:-x',
    'https://',
    'git@h:',
  ],
  ...['https:///etc/passwd', 'ssh:/x/y', 'host:path'],
]

test('a file may name neither folder nor program, nor anything that looks like an option', () => {
  trap('evil.git')
  for (const remote of forbidden) expect(() => configured(remote), remote).toThrow(expect.objectContaining({ code: 'refused' }))
  expect(existsSync(mark)).toBe(false)
})

test('what is no text of one line is no address', () => {
  for (const remote of ['', 3, null, 'a\nb', 'a\0b']) expect(() => configured(remote)).toThrow(/no name or address/)
})

const addresses = [
  ...['https://example.com/team/sessions.git', 'https://ann:x@example.com:8443/s', 'ssh://git@example.com:22/~/s.git'],
  ...['ssh://example.com/s', 'git@example.com:team/sessions.git', 'ann_b@h-1.example:s', 'https://[::1]:8080/x'],
]

test('a file may name an address, and nothing but https and ssh is used for it', () => {
  for (const remote of addresses)
    expect(configured(remote)).toEqual({ name: remote, isAddress: true, env: { GIT_ALLOW_PROTOCOL: 'https:ssh' } })
})

test('a remote of git is as the person set it up, a folder or not', () => {
  const elsewhere = tempDir()
  git(elsewhere, 'init', '--quiet', '--bare', '.')
  git(clone, 'remote', 'add', 'team', elsewhere)
  save()
  const remote = configured('team')
  expect(remote).toEqual({ name: 'team', isAddress: false, env: {} })
  expect(needsConsent(remote)).toBe(false)
  expect(push(clone, remote)).toMatchObject({ remote: 'team', pushed: true })
})

test('origin is a remote, and never a folder of that name', () => {
  trap('origin')
  trap('origin.git')
  expect(() => remoteOf(clone)).toThrow(/has no remote origin/)
  expect(() => configured('origin')).toThrow(/is no remote of this repository/)
  expect(existsSync(mark)).toBe(false)
})

test('nothing goes to an address that a file names before somebody has agreed, once for each address', () => {
  const remote = configured('https://example.invalid/sessions.git')
  save()
  expect(() => push(clone, remote)).toThrow(expect.objectContaining({ code: 'refused' }))
  giveConsent(remote)
  expect(needsConsent(remote)).toBe(false)
  expect(needsConsent(configured('https://example.invalid/others.git'))).toBe(true)
  expect(() => push(clone, remote)).toThrow(/cannot be asked/)
})

test('git may have been told to look for an address elsewhere; without that none becomes a folder', () => {
  const elsewhere = tempDir()
  git(elsewhere, 'init', '--quiet', '--bare', 'sessions.git')
  const config = join(elsewhere, 'config')
  writeFileSync(config, `[url "${elsewhere}/"]\n\tinsteadOf = https://example.invalid/\n`)
  const before = configured('https://example.invalid/sessions.git')
  vi.stubEnv('GIT_CONFIG_GLOBAL', config)
  // What was decided for the address as it stands does not hold for where it leads.
  expect(() => pull(clone, before)).toThrow(/transport 'file' not allowed/)
  const remote = remoteOf(clone)
  giveConsent(remote)
  save()
  expect(push(clone, remote)).toMatchObject({ pushed: true })
})
