// Takes the list of prices out of the release of OpenCode that tests run (it has models.dev of its day compiled in), and
// writes src/stats/prices.json, which is shipped for machines whose OpenCode has no list of its own: node scripts/prices.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

interface Rates {
  readonly input?: number
  readonly output?: number
  readonly cache_read?: number
  readonly cache_write?: number
}
interface Model {
  readonly last_updated: string
  readonly cost?: Rates & { readonly tiers?: readonly (Rates & { tier: { size: number } })[]; readonly context_over_200k?: Rates }
}

const root = join(import.meta.dirname, '..')
const program = readFileSync(join(root, 'node_modules/opencode-ai/bin/opencode.exe'))

/** The JavaScript module, of those in the program, that holds the list. */
function moduleWith(text: string): string {
  const at = program.indexOf(text)
  if (at < 0) throw new Error(`no ${text} in OpenCode: its list of models is kept otherwise`)
  return program.subarray(program.lastIndexOf(0, at) + 1, program.indexOf(0, at)).toString('utf8')
}

/** The object literal that begins at a brace. */
function literalAt(source: string, start: number): string {
  let depth = 0
  for (let at = start; ; at++) {
    const char = source[at]!
    if ('"\'`'.includes(char)) for (at++; source[at] !== char; at++) if (source[at] === '\\') at++
    if ('{['.includes(char)) depth++
    if ('}]'.includes(char) && --depth === 0) return source.slice(start, at + 1)
  }
}

const source = moduleWith('anthropic:{id:"anthropic",env:')
const start = /[=(:]\{"?[\w.-]+"?:\{id:"[\w.-]+",env:\[/.exec(source)!.index + 1
const providers: Record<string, { models: Record<string, Model> }> = runInNewContext(`(${literalAt(source, start)})`)

/** `[input, output, cacheRead, cacheWrite, …]`, without zeros at the end; each tier the same behind its size. */
const rates = ({ input = 0, output = 0, cache_read = 0, cache_write = 0 }: Rates) => {
  const all = [input, output, cache_read, cache_write]
  while (all.at(-1) === 0) all.pop()
  return all
}
const list: Record<string, Record<string, unknown>> = {}
let date = ''
for (const [provider, { models }] of Object.entries(providers)) {
  for (const [model, { cost, last_updated }] of Object.entries(models)) {
    if (last_updated > date) date = last_updated
    if (cost?.input === undefined || cost.output === undefined) continue
    const over = cost.context_over_200k && !cost.tiers ? [{ ...cost.context_over_200k, tier: { size: 200_000 } }] : []
    const tiers = (cost.tiers ?? over).map((tier) => [tier.tier.size, ...rates(tier)])
    list[provider] ??= {}
    list[provider][model] = tiers.length > 0 ? [rates(cost), ...tiers] : [rates(cost)]
  }
}
const lines = Object.keys(list)
  .sort()
  .map((provider) => `    ${JSON.stringify(provider)}: ${JSON.stringify(list[provider])}`)
const json = `{\n  "date": "${date}",\n  "models": {\n${lines.join(',\n')}\n  }\n}\n`
writeFileSync(join(root, 'src/stats/prices.json'), json)
console.log(`prices of ${date}: ${Object.keys(list).length} providers, ${Object.values(list).flatMap(Object.keys).length} models`)
