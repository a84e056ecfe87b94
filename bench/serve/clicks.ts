import { Random } from '../generate/random.ts'
import type { Served } from './server.ts'

const words =
  'parser the session tokenizer flaky test error cache zebra-quokka function commit merge refactor server request'.split(' ')

/** Half a word, slips, and a question. */
const near = ['pars', 'tokenzier', 'refcator', 'zebra-quoka', 'why%20does%20the%20flaky%20parser%20test%20fail']

/** What somebody clicks on, and how often of a hundred times. */
const clicks: readonly (readonly [share: number, name: string, path: (session: string, random: Random) => string])[] = [
  [20, 'a piece of the list', (_session, random) => `/api/sessions?limit=100&offset=${random.below(200) * 100}`],
  [20, 'a session', (session) => `/s/${session}/view`],
  [10, 'its outline', (session) => `/api/sessions/${session}/outline`],
  [10, 'its end', (session) => `/s/${session}/piece?end=yes`],
  [20, 'a search', (_session, random) => `/api/search?limit=30&tier=exact&query=${wordsOf(random)}`],
  [5, 'a search for what is near', (_session, random) => `/api/search?limit=30&query=${near[random.below(near.length)]}`],
  [5, 'find in it', (session, random) => `/api/sessions/${session}/find?text=${words[random.below(words.length)]}`],
  [5, 'facets', () => '/api/facets?archived=no'],
  [5, 'a whole page', (session) => `/s/${session}`],
]

function wordsOf(random: Random): string {
  const word = () => words[random.below(words.length)]!
  return random.below(10) < 4 ? `${word()}%20${word()}` : word()
}

const deck = clicks.flatMap((click) => Array<typeof click>(click[0]).fill(click))

/** How long answers took, and how much of a processor's time, in ms. */
interface Took {
  readonly waited: number[]
  readonly cpu: number[]
}

/** Clicks at random, always in the same order, with a pause between, in ms. @returns what each kind of answer took */
export async function clickAround(served: Served, count: number, pause: number): Promise<ReadonlyMap<string, Took>> {
  const random = new Random(1)
  const times = new Map<string, Took>(clicks.map(([, name]) => [name, { waited: [], cpu: [] }]))
  let sessions = idsIn((await served.ask('/api/sessions?limit=500')).text)
  for (let at = 0; at < count; at++) {
    const [, name, path] = random.pick(deck)
    const before = served.cpu()
    const { text, ms } = await served.ask(path(sessions[random.below(sessions.length)]!, random))
    times.get(name)!.waited.push(ms)
    times.get(name)!.cpu.push(served.cpu() - before)
    if (name === 'a piece of the list' && idsIn(text).length > 0) sessions = idsIn(text)
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
  }
  return times
}

const idsIn = (text: string) => (JSON.parse(text) as { sessions: { id: string }[] }).sessions.map(({ id }) => id)
