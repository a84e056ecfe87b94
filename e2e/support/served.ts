import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished } from 'vitest'
import { environment, main } from './ocvault.ts'

interface Served {
  readonly address: string
  /** The address for the next browser, when one has come in. */
  next(): Promise<string>
  /** Ends it as Ctrl+C does, and gives its exit code. */
  stop(): Promise<number | null>
}

/** Runs `ocvault serve` until the test ends. */
export async function serve(...args: string[]): Promise<Served> {
  const env = environment({}) as NodeJS.ProcessEnv
  const child = spawn(process.execPath, [main, 'serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const closed = once(child, 'close')
    child.kill('SIGINT')
    const [code] = await closed
    expect(errors).toBe('')
    return code as number | null
  }
  onTestFinished(async () => {
    await stop()
  })
  const addresses = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => {
    for (;;) {
      const { value, done } = await addresses.next()
      if (done) throw new Error(`it ended: ${errors}`)
      const [address] = /http:\S+/.exec(value) ?? []
      if (address) return address
    }
  }
  return { address: await next(), next, stop }
}
