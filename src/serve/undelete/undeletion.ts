import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { OcvaultError } from '../../base/errors.ts'
import type { Answers, Question, Returned, Sent } from './questions.ts'

/** Started from its source in development, from the bundle in the package. */
const script = new URL(import.meta.url.endsWith('.ts') ? './process.ts' : './serve-undelete.js', import.meta.url)

/** Who looks through pages hears no signal meanwhile, and is given so many ms. */
const patienceMs = 2000

interface Running {
  readonly child: ChildProcess
  readonly isWriting: boolean
}

/** Asks a process of its own about deleted sessions, one question after the other: each may read a whole database. */
export class Undeletion {
  readonly #roots: readonly string[]
  #last: Promise<unknown> = Promise.resolve()
  #running: Running | undefined
  #isClosed = false

  constructor(roots: readonly string[]) {
    this.#roots = roots
  }

  /** What can be had back. @param signal ends the looking. @throws OcvaultError as `undelete` does */
  list(signal: AbortSignal): Promise<Answers['list']> {
    return this.#inTurn({ do: 'list' }, signal)
  }

  /** What bringing a session back would do. @throws OcvaultError `not-found` when it is not deleted, and as `undelete` does */
  plan(id: string, signal: AbortSignal): Promise<Answers['plan']> {
    return this.#inTurn({ do: 'plan', id }, signal)
  }

  /**
   * Brings a session and its subagents back, as it was planned. Once it is asked for it is done, whoever still waits.
   * @param digest of the plan
   * @throws OcvaultError `refused` when something else would be done by now, and as `plan` does
   */
  bringBack(id: string, digest: string): Promise<Answers['bring-back']> {
    return this.#inTurn({ do: 'bring-back', id, digest })
  }

  #inTurn<K extends Question['do']>(question: Extract<Question, { do: K }>, signal?: AbortSignal): Promise<Answers[K]> {
    const answer = this.#last.then(() => this.#ask(question, signal)) as Promise<Answers[K]>
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async #ask(question: Question, signal?: AbortSignal): Promise<Answers[keyof Answers]> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw new OcvaultError('failed', 'the server ends')
    const child = fork(fileURLToPath(script), { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#running = { child, isWriting: question.do === 'bring-back' }
    const stop = () => void ended(child)
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const returned = await answerOf(child, { roots: this.#roots, question })
      signal?.throwIfAborted()
      if (returned && 'answer' in returned) return returned.answer
      const { code, message } = returned?.failed ?? { code: 'failed', message: 'the process that looks for sessions has ended' }
      throw code === null ? new Error(message) : new OcvaultError(code, message)
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#running = undefined
    }
  }

  /** Ends what only looks, and waits for what is being written. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#running?.isWriting === false) await ended(this.#running.child)
    await this.#last
  }
}

/** What a process says before it ends; undefined when that is nothing. */
async function answerOf(child: ChildProcess, sent: Sent): Promise<Returned | undefined> {
  let returned: Returned | undefined
  child.on('message', (message: Returned) => {
    returned = message
  })
  const exit = once(child, 'exit')
  // A process that is gone already hears nothing, and its end says so.
  child.send(sent, () => undefined)
  await exit
  return returned
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await exit
  clearTimeout(late)
}
