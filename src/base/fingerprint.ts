/**
 * 64 bits that differ for different texts, as good as always (FNV-1a, twice): for names of files that say themselves whose they
 * are. `hash.ts` loads what is a third of the start of a small command.
 */
export function fingerprint(text: string): string {
  const hash = (seed: number) => {
    let value = seed
    for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
    return (value >>> 0).toString(16).padStart(8, '0')
  }
  return hash(0x811c9dc5) + hash(0x9747b28c)
}
