import { Random } from './random.ts'
import { type Foreign, foreign, identifier, Vocabulary } from './vocabulary.ts'

export type Language = 'en' | Foreign
type Kind = 'code' | 'log'

const poolSize = 20_000
const folders = 'src lib core packages/api packages/ui server client tools test docs'.split(' ')
const endings = 'ts tsx py go rs md json sql'.split(' ')
const statements: readonly ((a: string, b: string, word: string, random: Random) => string)[] = [
  (a, b, word) => `  const ${word} = await ${a}(${b}, options)`,
  (a, b, word, random) => `  if (${a}(${word}) !== ${random.below(5000)}) return ${b}(${word})`,
  (a, b, word) => `export function ${a}(${word}: string): ${b.slice(3)} {`,
  (a, _b, word) => `    throw new Error('${a} failed: ${word} is missing')`,
  (a, b) => `import { ${a}, ${b} } from './${a.toLowerCase()}.ts'`,
  (_a, _b, word) => `  // ${word}`,
  () => '  }',
  () => '',
]

/**
 * Text at the rate a generator of gigabytes needs. Most lines come from pools that were built word by word at the start, so
 * phrases recur as they do in logs and repeated reads; about every sixth is built afresh, so that the number of distinct words
 * keeps growing.
 */
export class TextSource {
  /** Multiplies the length of tool output and attachments; prose stays as people and models write it. */
  readonly scale: number
  readonly #vocabulary: Vocabulary
  readonly #prose: readonly string[]
  readonly #code: readonly string[]
  readonly #log: readonly string[]

  constructor(seed: number, scale: number) {
    const random = new Random(seed, 1)
    this.scale = scale
    this.#vocabulary = new Vocabulary(random)
    this.#prose = makePool(() => this.#sentence(random))
    this.#code = makePool(() => this.#codeLine(random))
    this.#log = makePool(() => this.#logLine(random))
  }

  /** A few sentences of about `length` characters, in paragraphs when it is long. */
  prose(random: Random, length: number, language: Language = 'en'): string {
    let out = ''
    let breakAt = 600
    while (out.length < length) {
      if (out) out += out.length > breakAt ? '\n\n' : ' '
      if (out.length > breakAt) breakAt += 600
      out +=
        language !== 'en' && random.chance(0.7) ? foreignSentence(random, language) : this.#line(random, this.#prose, 'prose')
    }
    return out
  }

  /** What a model answers: prose, often with a list or a code block. */
  answer(random: Random, length: number, language: Language): string {
    let out = this.prose(random, length * 0.6, language)
    if (random.chance(0.3)) {
      out += `\n\n## ${this.phrase(random, 3)}\n\n- ${this.phrase(random, 6)}`
      out += `\n- \`${this.file(random)}\`: ${this.phrase(random, 8)}`
    }
    if (random.chance(0.25)) out += `\n\n\`\`\`ts\n${this.lines(random, 'code', length * 0.4).join('\n')}\n\`\`\``
    return out
  }

  /** Lines of source code or of program output, about `length` characters together. */
  lines(random: Random, kind: Kind, length: number): string[] {
    const pool = kind === 'code' ? this.#code : this.#log
    const out: string[] = []
    for (let left = length; left > 0; ) {
      const line = this.#line(random, pool, kind)
      out.push(line)
      left -= line.length + 1
    }
    return out
  }

  /** The length of one tool output, in characters: scaled, and with a long tail. */
  outputLength(random: Random, median: number): number {
    return Math.max(24, random.lognormal(median, 1.1) * this.scale)
  }

  phrase(random: Random, words: number): string {
    return Array.from({ length: words }, () => this.#vocabulary.word(random)).join(' ')
  }

  /** A path inside a project. */
  file(random: Random): string {
    return `${random.pick(folders)}/${this.#vocabulary.word(random).toLowerCase()}-${random.below(40)}.${random.pick(endings)}`
  }

  #line(random: Random, pool: readonly string[], kind: Kind | 'prose'): string {
    if (!random.chance(0.16)) return random.pick(pool)
    return kind === 'prose' ? this.#sentence(random) : kind === 'code' ? this.#codeLine(random) : this.#logLine(random)
  }

  #sentence(random: Random): string {
    const text = this.phrase(random, random.between(5, 20))
    const named = random.chance(0.15) ? `${text} in \`${identifier(random)}${random.below(900)}\`` : text
    return `${named[0]!.toUpperCase()}${named.slice(1)}.`
  }

  #codeLine(random: Random): string {
    return random.pick(statements)(identifier(random), identifier(random), this.#vocabulary.word(random), random)
  }

  #logLine(random: Random): string {
    const what = this.phrase(random, random.between(2, 6))
    const kind = random.below(4)
    if (kind === 0) return `[${random.hex(7)}] ${what} (${random.below(9000)} ms)`
    if (kind === 1) return ` ✓ ${this.file(random)} > ${what}`.replace('✓', random.chance(0.1) ? '✗' : '+')
    if (kind === 2) {
      const place = `${this.file(random)}:${random.between(1, 900)}:${random.between(1, 80)}`
      return `${place} - ${random.chance(0.2) ? 'error' : 'info'}: ${what}`
    }
    return `${random.below(24)}:${random.below(60)}:${random.below(60)} ${what} id=${random.hex(12)}`
  }
}

/** Lines cut from one long string: V8 copies these several times faster than strings that were added up from words. */
function makePool(line: () => string): readonly string[] {
  return Array.from({ length: poolSize }, line).join('\n').split('\n')
}

function foreignSentence(random: Random, language: Foreign): string {
  const { words, gap, stop } = foreign[language]
  return Array.from({ length: random.between(5, 14) }, () => random.pick(words)).join(gap) + stop
}
