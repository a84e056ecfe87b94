import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Entropy of what opens the door, in bytes. */
const keyBytes = 32

/** So many browsers are known at once; the first to come is the first to be forgotten. */
const mostKeys = 10_000

/** So short a token in a file could be guessed. */
export const shortestToken = 32

const newKey = () => randomBytes(keyBytes).toString('base64url')
const digest = (text: string) => createHash('sha256').update(text).digest()

/**
 * Who may look. A token becomes a key, which a browser keeps as a cookie until it is closed or the server ends: the first token
 * is good for one browser, and the next one takes its place. A token that was given from outside stays good, also for programs.
 */
export class Access {
  readonly #lasting: Buffer | undefined
  readonly #keys = new Set<string>()
  readonly #secret = randomBytes(keyBytes)
  #once: string

  /** @param token that many people share; without it each token opens once */
  constructor(token?: string) {
    this.#lasting = token === undefined ? undefined : digest(token)
    this.#once = newKey()
  }

  /** The token that the next browser comes with; undefined where there is one for all. */
  get token(): string | undefined {
    return this.#lasting ? undefined : this.#once
  }

  /** Takes a token, and gives the key that its browser is known by from now on; undefined for a wrong one. */
  enter(token: string): string | undefined {
    if (!this.opens(token)) {
      if (this.#lasting || !timingSafeEqual(digest(token), digest(this.#once))) return undefined
      this.#once = newKey()
    }
    const key = newKey()
    this.#keys.add(digest(key).toString('base64'))
    for (const oldest of this.#keys) if (this.#keys.size > mostKeys) this.#keys.delete(oldest)
    return key
  }

  /** Whether this is the token that stays good: what a program sends with each request. */
  opens(token: string): boolean {
    return this.#lasting !== undefined && timingSafeEqual(digest(token), this.#lasting)
  }

  /** Whether a browser with this key may look. Keys are kept as digests, so that comparing tells nothing of them. */
  knows(key: string | undefined): boolean {
    return key !== undefined && this.#keys.has(digest(key).toString('base64'))
  }

  /** What stands in a form for one browser and one address, so that no page from elsewhere can send it. */
  formToken(key: string, path: string): string {
    return createHmac('sha256', this.#secret).update(`${key}\n${path}`).digest('base64url')
  }

  /** Whether a form was given to this browser for this address. */
  gave(token: string, key: string, path: string): boolean {
    return this.knows(key) && timingSafeEqual(digest(token), digest(this.formToken(key, path)))
  }

  /** Forgets a browser. */
  leave(key: string): void {
    this.#keys.delete(digest(key).toString('base64'))
  }
}
