#!/usr/bin/env node
// The default export: a named import of what Node 20 lacks would end in a syntax error before it can be told what is wrong.
import module from 'node:module'
import { compileCacheFolder } from './compile-cache.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 16)) {
  process.stderr.write(
    `ocvault: needs Node 22.16 or later, this is ${process.version}; install a current one from https://nodejs.org\n`,
  )
  process.exitCode = 1
} else {
  const folder = compileCacheFolder()
  if (folder !== undefined) module.enableCompileCache(folder)
  const words = process.argv.slice(2)
  const isStatusLine = words[0] === 'stats' && words.includes('--statusline')
  if (!isStatusLine || !(await import('./kept-line.ts')).printKeptLine(words)) {
    const { run } = await import('./run.ts')
    await run(process.argv)
  }
}
