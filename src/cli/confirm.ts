import { createInterface } from 'node:readline/promises'

/** Whether there is a person to ask: what is typed and what is asked are on a terminal. */
export const canAsk = (): boolean => Boolean(process.stdin.isTTY && process.stderr.isTTY)

/**
 * Asks a person for a yes or a no.
 * @returns undefined where no answer came: the terminal was closed
 */
export async function confirm(question: string): Promise<boolean | undefined> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const closed = new Promise<undefined>((resolve) => prompt.once('close', () => resolve(undefined)))
    const answer = await Promise.race([prompt.question(`${question} [y/N] `), closed])
    if (answer !== undefined) return /^y(es)?$/i.test(answer.trim())
    process.stderr.write('\n')
    return undefined
  } finally {
    prompt.close()
  }
}
