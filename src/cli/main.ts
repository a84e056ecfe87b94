#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 16)) {
  process.stderr.write(
    `ocvault: needs Node 22.16 or later, this is ${process.version}; install a current one from https://nodejs.org\n`,
  )
  process.exitCode = 1
} else {
  enableCompileCache()
  const { run } = await import('./run.ts')
  await run(process.argv)
}
