/** Programs whose first word without a dash says what they do. */
const withVerbs = new Set(
  (
    'npm pnpm yarn bun deno git docker podman docker-compose cargo go kubectl helm pip pip3 uv poetry pipenv conda gradle gradlew mvn ' +
    'mvnw dotnet terraform apt apt-get brew systemctl gh make just rustup bundle rails composer php flutter swift mix rake tox nox ' +
    'aws gcloud az fly vercel wrangler turbo nx lerna'
  ).split(' '),
)
/** Those whose verb takes a name: `npm run build`, `docker compose up`. */
const withNames = new Set(['run', 'exec', 'compose', 'buildx', 'image', 'container', 'volume', 'network', 'remote', 'stash', 'x'])
/** What only starts another program. */
const starters = new Set(['sudo', 'env', 'time', 'timeout', 'nohup', 'npx', 'bunx', 'pnpx', 'xargs', 'command', 'exec', 'nice'])
/** Commands that say nothing about what the line is for. */
const aside = new Set(
  'cd echo export set source . cat tail head grep sleep true ls pwd mkdir which test [ printf wc sort tee rm kill clear'.split(
    ' ',
  ),
)

/**
 * What a command line does, in a few words each: `npm test`, `git push`, `pytest`. Two lines that share one do the same, however
 * their arguments differ. Lines of nothing but `cd` and the like are taken by their first word.
 */
export function commandKinds(line: string): string[] {
  const segments = line
    .slice(0, 5000)
    .split(/&&|\|\||;|\n/)
    .map((segment) => kindOf(segment.split('|')[0]!))
    .filter((kind) => kind !== '')
  const main = segments.filter((kind) => !aside.has(kind.split(' ')[0]!))
  return [...new Set(main.length > 0 ? main : segments)]
}

function kindOf(segment: string): string {
  const words = segment
    .trim()
    .replace(/^[({]\s*/, '')
    .split(/\s+/)
    .filter((word) => word !== '')
  while (words[0] !== undefined && (/^\w+=/.test(words[0]) || starters.has(words[0]))) {
    words.shift()
    // What a starter takes for itself: flags, and the seconds of timeout.
    while (words[0] !== undefined && /^(?:-|\d+[smh]?$)/.test(words[0])) words.shift()
  }
  const program = (words[0] ?? '').replace(/^.*\//, '').replace(/^["']|["']$/g, '')
  if (/^python[\d.]*$/.test(program))
    return words[1] === '-m' && words[2] ? kindOf(words.slice(2).join(' ')) : `python ${plainName(words[1])}`.trim()
  if (program === 'node' || program === 'tsx') return `node ${plainName(words[1])}`.trim()
  if (!withVerbs.has(program)) return program
  // The directory of `git -C dir push` is no verb.
  const verbs = words.slice(1).filter((word, index, all) => !word.startsWith('-') && all[index - 1] !== '-C')
  const [verb = '', name = ''] = verbs
  if (['uv', 'poetry', 'pipenv', 'bundle'].includes(program) && ['run', 'exec'].includes(verb))
    return kindOf(verbs.slice(1).join(' '))
  // `npm t`, `npm run test` and `npm test` are one; so are the names of `install`.
  if (/^(?:npm|pnpm|yarn|bun)$/.test(program)) return packageScript(program, verb, name)
  return [program, verb, withNames.has(verb) ? name : ''].filter((word) => word !== '').join(' ')
}

function packageScript(program: string, verb: string, name: string): string {
  if (verb === 'run' || verb === 'run-script') return `${program} ${name}`
  if (verb === 'exec' || verb === 'dlx' || verb === 'x') return name
  if (verb === 't') return `${program} test`
  if (/^(?:i|add|install|)$/.test(verb)) return `${program} install`
  return `${program} ${verb}`
}

const plainName = (word: string | undefined): string =>
  word === undefined || word.startsWith('-') ? '' : word.replace(/^.*\//, '')
