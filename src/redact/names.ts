import { detached } from '../base/detached.ts'

/** Names that secrets are given: of environment variables, JSON and YAML keys, flags, headers, in several languages. */

/** What a name promises. */
export interface Named {
  readonly kind: string
  /** Whether the name alone says it: `DB_PASSWORD`; behind `SDK_KEY` or `TOKEN_BEDROCK` the value must look like one, too. */
  readonly isSure: boolean
}

const lastWords = new Map<string, string>(
  [
    [
      'password',
      'password passwords passwd passphrase pwd pass passcode userpass passwort kennwort pw psk psw contrasena contraseña senha mdp authtok bindpw',
    ],
    [
      'password',
      'wachtwoord haslo hasło sifre şifre parola пароль lozinka heslo losenord lösenord requirepass masterauth passwordb64',
    ],
    ['token', 'token jwt bearer pat токен jeton'],
    ['token', 'xtoken mytoken usertoken bottoken admintoken githubtoken gitlabtoken npmtoken slacktoken servicetoken logintoken'],
    ['secret', 'secret secrets salt pepper verifier geheimnis segredo секрет'],
    ['api-key', 'apikey apitoken'],
    ['credential', 'credential credentials creds auth authorization cred'],
    ['cookie', 'cookie cookies'],
  ].flatMap(([kind = '', words = '']) => words.split(' ').map((word) => [word, kind] as const)),
)

const endings = [
  ['password', 'password passwd dbpass passphrase passwort kennwort userpw rootpw dbpw adminpw'],
  ['secret', 'secret'],
  ['secret-key', 'secretkey privatekey presharedkey'],
  ['api-key', 'apikey accesskey licensekey deploykey accountkey signingkey encryptionkey masterkey sharedkey'],
  ['token', 'authtoken accesstoken refreshtoken apitoken idtoken csrftoken sessiontoken bearertoken'],
].flatMap(([kind = '', words = '']) => words.split(' ').map((word) => [word, kind] as const))

/** What makes a key a secret one: `key` alone is the key of a map. */
const keyMakers =
  /^(?:api|access|private|secret|encryption|encrypt|signing|signature|sign|master|service|account|auth|storage|ssh|shared|deploy|license|webhook|subscription|functions?|host|session|cookie|hmac|jwt|app|application|client|data|admin|server|consumer|openai|anthropic|gemini|mistral|groq|deepseek|openrouter|aws|azure|stripe|sendgrid|mailgun|rsa|aes|crypto|cipher|vault|primary|secondary|sdk|preshared|write|ingest|integration|personal|user|machine|tls|fernet|validation|decryption|unseal|recovery|bot|team|org|tenant|token|push|vapid|webpush|merchant|project|management|chave|clave)$/

/** `HASH_SALT` is no hash, but what makes one a secret; `HASH_KEY` is the key of a table. */
const ofHash = /^(?:salt|secret|pepper)$/

const notSecret = /^(?:alphabet|charset|public|publishable|pub|hash|hashed|fingerprint|digest|checksum|anon)$/

/** Words behind the one that tells, which change nothing. */
const trailing =
  /^(?:old|new|prod|production|prd|dev|development|stage|staging|stg|test|qa|live|local|primary|secondary|main|default|value|val|plain|plaintext|cleartext|clear|raw|base64|b64|encoded|string|str|backup|current|previous|prev|root|admin|user|db|database|data|confirm|confirmation|again|repeat|v\d+|[a-d]|en|for|staging|ci|readonly|ro|rw|write|read|ascii|hex|bytes)$/

/** Words behind it that make the name that of something else: `token_type`, `passwordFile`, `SECRET_NAME`. */
const describing =
  /^(?:length|len|size|types?|names?|files?|path|paths|filename|dir|folder|urls?|uri|endpoint|endpoints|host|hosts|ids?|count|counts|limits?|max|min|expiry|expires?|expired|expiration|ttl|age|policy|policies|fields?|labels?|placeholder|hint|prompt|strength|enabled|disabled|required|headers?|format|providers?|service|services|manager|store|storage|handler|helper|utils?|factory|builder|class|component|pages?|view|form|input|inputs|reset|forgot|change|changed|title|errors?|message|messages|msg|regex|pattern|algorithm|algo|alg|rotation|version|versions|arn|refs?|reference|kind|mode|status|state|scheme|prefix|suffix|separator|char|chars|usage|used|budget|cost|price|prices|index|table|column|schema|model|validator|validation|valid|check|callback|hook|event|events|action|list|lists|map|set|array|object|options|opts|config|settings|params|param|props|context|cache|scopes?|audience|issuer|date|time|timestamp|timeout|created|updated|at|by|in|on|visible|show|hide|toggle|icon|button|link|text|style|theme|color|colors|parser|reader|writer|stream|loader|ring|chain|board|boards|word|words|press|down|up|code|codes|frames?|points?|space|map|paths|pair|pairs|usages?|material|function|func|fn|method|impl|interface|struct|enum|id|per|rate|total|input|output|prompt|cached|details|window|limit|estimate|estimator|counter|stats|metrics|bucket|position|range|start|end|offset|line|lines|level|levels|group|groups|tree|node|nodes|source|target|request|response|result|results|data|info|section|spec|template|account|accounts|server|client|proxy|middleware|plugin|session|sessions|flow|exchange|grant|introspection|revocation|verification|required|rules?|generator|secretname|lookup|not|invalid|missing|is|has|was|resolver|auth)$/

/** Names are few, and each stands in a session a thousand times. */
const known = new Map<string, Named | null>()
const mostKnown = 10_000

/** What kind of secret a name promises, null when none: `DB_PASSWORD` a password, `max_tokens` and `tokenType` nothing. */
export function kindOfName(name: string): Named | null {
  if (name.length > 120) return null
  let named = known.get(name)
  if (named === undefined) {
    named = promisedBy(name)
    if (known.size === mostKnown) known.clear()
    known.set(detached(name), named)
  }
  return named
}

function promisedBy(name: string): Named | null {
  const words = name
    .replace(/(?<=[\p{Ll}\d])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, '_')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '' && !/^\d+$/.test(word))
    .map((word) => word.replace(/(?<=\P{Nd})\d+$/u, ''))
  if (
    words.length === 0 ||
    words.some(
      (word, at) =>
        notSecret.test(word) &&
        !(word === 'hash' && (ofHash.test(words[at + 1] ?? '') || /^(?:pass|pw)/.test(words[at - 1] ?? ''))),
    )
  )
    return null
  const own = kindOfWords(words)
  if (own !== null) return own
  // `API_TOKEN_PROD`, `passwordConfirmation`: what follows says which one it is.
  let end = words.length
  while (end > 1 && trailing.test(words[end - 1]!)) end--
  const shorter = end < words.length ? kindOfWords(words.slice(0, end)) : null
  if (shorter !== null) return shorter
  if (describing.test(words.at(-1)!)) return null
  for (let at = words.length - 1; at > 0; at--) {
    const inner = kindOfWords(words.slice(0, at))
    if (inner?.isSure) return { kind: inner.kind, isSure: false }
  }
  return null
}

function kindOfWords(words: readonly string[]): Named | null {
  const last = words.at(-1)!
  const before = words.at(-2) ?? ''
  const all = words.join('')
  const sure = (kind: string): Named => ({ kind, isSure: true })
  if (/aws.*secret.*key$|^secretaccesskey$/.test(all)) return sure('aws-secret-key')
  if (last === 'key' || last === 'keys') {
    if (keyMakers.test(before) || before.endsWith('secret'))
      return sure(/private|preshared/.test(before) ? 'secret-key' : 'api-key')
    return words.length > 1 &&
      !/^(?:primary|foreign|sort|partition|cache|object|storage|map|row|hot|short|query|i18n)$/.test(before)
      ? { kind: 'api-key', isSure: false }
      : null
  }
  if (
    last === 'code' &&
    /^(?:access|device|auth|authorization|activation|unlock|recovery|backup|invite|invitation|security)$/.test(before)
  )
    return { kind: 'access-code', isSure: false }
  if (last === 'session' && words.length > 1) return { kind: 'session', isSure: false }
  if (last === 'hash' && /^(?:password|passwd|pass|pwd)$/.test(before)) return { kind: 'password-hash', isSure: false }
  if (last === 'data' && before === 'key') return sure('secret-key')
  if (last === 'base' && before === 'key' && words.includes('secret')) return sure('secret-key')
  if (last === 'sig' || all === 'xamzsignature' || all === 'xgoogsignature')
    return words.length > 1 || all === 'sig' ? sure('signature') : null
  if (last === 'passe' && words.includes('mot')) return sure('password')
  if (last === 'state' && before === 'oauth') return sure('secret')
  if (
    words.length === 1 &&
    /^[a-z]{2,8}pass$/.test(last) &&
    !/^(?:by|com|encom|tres|over|under|sur|out|im|re|multi|single|two|pre|post)pass$/.test(last)
  )
    return sure('password')
  const kind = lastWords.get(last) ?? endings.find(([ending]) => all.endsWith(ending))?.[1]
  if (kind === undefined) return null
  // `next_token` turns pages, `lock-token` and `change-token` name a state.
  if (
    kind === 'token' &&
    /^(?:page|next|pagination|continuation|continue|cursor|sync|lock|change|delta|resume|start|end|eos|bos|pad|unk|sep|cls|mask|stop|special|cancellation|cancel|idempotency|request|trace|device|nextpage|client(?=request))$/.test(
      before,
    )
  )
    return null
  return sure(kind)
}
