import { isDrawn } from './drawn.ts'
import { isExample, isID } from './harmless.ts'
import type { Hit } from './hit.ts'

/** Letters that tokens are made of. */
const tokenLetters = new Uint8Array(128)
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~') tokenLetters[letter.charCodeAt(0)] = 1

const shortest = 24
const longest = 400

/** Shapes of whole runs that no keyword leads to. */
const shapes: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['discord-token', /^[MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.[\w-]{27,40}$/],
  ['mailgun-key', /^[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}$/],
  ['ngrok-token', /^[12][A-Za-z0-9]{26}_[A-Za-z0-9]{20,22}$/],
]

/** Names of things that are called so: ids of services, of models' answers, of builds. */
const ids =
  /^(?:ses|msg|prt|prj|usr|evt|que|per|pty|wrk|tool|call|toolu|chatcmpl|cmpl|resp|fc|rs|req|run|step|snap|gen|cus|price|prod|sub|si|pi|pm|ch|txn|seti|acct|in|ii|cs|plink|promo|dpl|team|user|org|file|asst|thread|batch|ft|ftjob|vs|conv|sess|session|proj|project|task|job|build|deploy|deployment|inst|img|image|vol|vpc|subnet|sg|ami|eni|igw|rtb|snap|lt|tgw|arn|doc|page|node|item|obj|rec|row|id|uid|gid|pid|oid|ws|workspace|env|app|svc|service|srv|host|pod|rs|sts|cm|ns|pvc|pv|chunk|index|assets?|bundle|vendor|main|module|css|js|font|sha\d*|md5|h1|commit|rev|ref|tag|branch|layer|blob|tree|patch|diff|trace|span|event|log|audit|corr|correlation|x|xn|data|aria|layout|hash|cache|etag|digest|checksum|fingerprint|ssh|rsa|pk|pub|public|key_id|kid|cert|ca|client_id|cid|tx|addr|wallet|contract|urn|uuid|guid|item|asset|test|example|dummy|fake|mock|node_modules|tmp|temp|opencode|gpt|claude|gemini|llama|mistral|o[134]|text|model)$/i

/** What the first parts of a token's name say where vendors publish it: that it is secret, or whose it is. */
const secretParts =
  /^(?:sk|rk|ak|pat|pats|key|api|apikey|token|tok|tk|secret|sec|auth|oauth|oat|uat|sat|live|prod|rw|priv|private|svc|sa|bot|bearer|access|refresh|whsec|at|rt|pt|ct)$/i

/**
 * Tokens of vendors that no rule knows: a short name with `_` or `-` behind it, and a long tail that was drawn by lot. Also
 * shapes that no letters lead to.
 */
export function* runsIn(text: string): Generator<Hit> {
  const length = text.length
  let start = -1
  for (let at = 0; at <= length; at++) {
    const code = at < length ? text.charCodeAt(at) : 0
    if (code < 128 && tokenLetters[code] === 1) {
      if (start < 0) start = at
      continue
    }
    if (start >= 0 && at - start >= shortest && at - start <= longest) {
      const hit = runAt(text, start, at)
      if (hit) yield hit
    }
    start = -1
  }
}

function runAt(text: string, from: number, to: number): Hit | undefined {
  let start = from
  // `\n`, `\t` and `\r` of escaped text are no letters.
  if (text[from - 1] === '\\' && /[nrt]/.test(text[from]!)) start++
  const run = text.slice(start, to).replace(/[.~_-]+$/, '')
  if (!/\d/.test(run)) return undefined
  for (const [kind, pattern] of shapes) {
    if (pattern.test(run) && isDrawn(run, true)) return { start, end: start + run.length, kind, rank: 2 }
  }
  const before = text[start - 1] ?? ' '
  // Paths, sums, addresses and base64.
  if (/[/@#+\\%&]/.test(before) && !(before === '\\' && start > from)) return undefined
  if (/[/+@(]/.test(text[start + run.length] ?? '')) return undefined
  return isVendors(run) ? { start, end: start + run.length, kind: 'token', rank: 1 } : undefined
}

function isVendors(run: string): boolean {
  const match =
    /^(?<name>[A-Za-z][A-Za-z0-9]{0,11})(?<rest>(?:[-_][A-Za-z0-9]{1,10}){0,3}?)[-_](?<tail>[A-Za-z0-9]{20,}|[A-Za-z0-9_-]{32,})$/.exec(
      run,
    )
  if (!match || isID(run) || isExample(run)) return false
  const { name = '', rest = '', tail = '' } = match.groups!
  const parts = [name, ...rest.split(/[-_]/).filter(Boolean)]
  const isSecret = parts.some((part) => secretParts.test(part))
  if (ids.test(name) && !isSecret) return false
  if (/^(?:pk|pub|public|publishable)$/i.test(name) || /(?:^|_)pk_(?:live|test)_/.test(run)) return false
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(tail)) return isSecret
  if (!isDrawn(tail, true) || parts.some((part) => /^[0-9a-f]{6,}$/i.test(part) && /\d/.test(part))) return false
  if (/^[0-9a-f]+$/i.test(tail)) return isSecret || (name.length <= 6 && tail.length >= 32)
  return isSecret ? true : name.length <= 8 && tail.length >= 22
}
