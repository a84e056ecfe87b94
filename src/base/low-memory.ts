import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/**
 * To be called before gigabytes are read that are of no use a moment later: V8 would let them pile up. Lets the old generation of
 * the heaps of this process grow by a twentieth, not by as much again, before garbage is collected, and the young one not at all.
 * @param young `roomy` lets that grow to four times its size first, once: 7 MB more, and a tenth less time where this thread does
 *   all the work
 * @param percent by which the old generation grows: where answers are waited for it may be more
 */
export function keepMemoryLow(young: 'small' | 'roomy' = 'small', percent = 5): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`)
  if (young === 'roomy') growOnce()
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Threads that are started from now on begin with a young generation of 4 MB, also where {@link keepMemoryLow} keeps it from
 * growing: what lives as long as one answer does not get old in it.
 */
export function giveThreadsRoom(): void {
  setFlagsFromString('--min-semi-space-size=4')
}

const sizeOfYoung = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size

/** V8 takes a size for the young generation at its start only; later it grows when much of it survives a collection. */
function growOnce(): void {
  setFlagsFromString('--semi-space-growth-factor=4')
  const before = sizeOfYoung()
  // It takes 40 of them; where that has changed, nothing is lost but a moment.
  for (let kept: object[] = []; sizeOfYoung() === before && kept.length < 200; ) {
    kept = [...kept, Array.from({ length: 500 }, (_item, index) => ({ index }))]
  }
}
