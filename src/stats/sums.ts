/** What cells add up. Written out, because this is done for millions of cells. */
export class Sums {
  messages = 0
  prompts = 0
  answers = 0
  /** Answers that ended with an error, and those that were stopped or killed. */
  failed = 0
  interrupted = 0
  /** Messages that are rolled back: their cost was paid all the same. */
  reverted = 0
  input = 0
  output = 0
  reasoning = 0
  cacheRead = 0
  cacheWrite = 0
  /** Money that OpenCode noted, in `unitsPerDollar`. */
  stored = 0
  /** ms, as all times. */
  active = 0
  wall = 0
  answering = 0
  calls = 0
  failures = 0
  toolTime = 0
  /** Of what tools gave back. */
  bytes = 0

  add(from: Sums): void {
    this.messages += from.messages
    this.prompts += from.prompts
    this.answers += from.answers
    this.failed += from.failed
    this.interrupted += from.interrupted
    this.reverted += from.reverted
    this.input += from.input
    this.output += from.output
    this.reasoning += from.reasoning
    this.cacheRead += from.cacheRead
    this.cacheWrite += from.cacheWrite
    this.stored += from.stored
    this.active += from.active
    this.wall += from.wall
    this.answering += from.answering
    this.calls += from.calls
    this.failures += from.failures
    this.toolTime += from.toolTime
    this.bytes += from.bytes
  }

  /** The values in the order of the fields above, from which {@link Sums.from} makes them again. */
  list(): number[] {
    return [
      this.messages,
      this.prompts,
      this.answers,
      this.failed,
      this.interrupted,
      this.reverted,
      this.input,
      this.output,
      this.reasoning,
      this.cacheRead,
      this.cacheWrite,
      this.stored,
      this.active,
      this.wall,
      this.answering,
      this.calls,
      this.failures,
      this.toolTime,
      this.bytes,
    ]
  }

  static from(list: readonly number[]): Sums {
    const sums = new Sums()
    for (const [at, name] of names.entries()) sums[name] = list[at] ?? 0
    return sums
  }
}

const names = Object.keys(new Sums()) as Exclude<keyof Sums, 'add' | 'list'>[]
