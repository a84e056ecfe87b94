/**
 * Whether all is tried, and not a part of it: `npm run test:long`. The gate tries some kills, releases and schemas of many,
 * always the same ones, so that it ends in minutes; nothing is left out of both.
 */
const isThorough = process.env.OCVAULT_TESTS === 'long'

/** How often something is tried: in the gate, and when all is tried. */
export const times = (inGate: number, inAll: number): number => (isThorough ? inAll : inGate)

/** Some of many cases, spread over their whole range; all of them when all is tried. */
export function some<T>(cases: readonly T[], inGate: number): T[] {
  if (isThorough || cases.length <= inGate) return [...cases]
  const step = inGate > 1 ? (cases.length - 1) / (inGate - 1) : 0
  return Array.from({ length: inGate }, (_item, index) => cases[Math.round(index * step)]!)
}
