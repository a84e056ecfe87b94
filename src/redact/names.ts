/** Names that secrets are given: of environment variables, JSON and YAML keys, flags, headers. */

const lastWords = new Map<string, string>([
  ...['password', 'passwd', 'passphrase', 'pwd', 'pass', 'passcode', 'userpass'].map((word) => [word, 'password'] as const),
  ...['token', 'jwt', 'bearer', 'pat'].map((word) => [word, 'token'] as const),
  ...['secret', 'secrets'].map((word) => [word, 'secret'] as const),
  ...['apikey', 'apitoken'].map((word) => [word, 'api-key'] as const),
  ...['credential', 'credentials', 'creds', 'auth', 'authorization'].map((word) => [word, 'credential'] as const),
  ...['cookie', 'cookies'].map((word) => [word, 'cookie'] as const),
])

const endings = [
  ['password', 'password'],
  ['passwd', 'password'],
  ['dbpass', 'password'],
  ['secret', 'secret'],
  ['apikey', 'api-key'],
  ['accesskey', 'api-key'],
  ['secretkey', 'secret-key'],
  ['passphrase', 'password'],
  ['licensekey', 'api-key'],
  ['deploykey', 'api-key'],
  ['accountkey', 'api-key'],
  ['signingkey', 'api-key'],
  ['encryptionkey', 'api-key'],
  ['privatekey', 'secret-key'],
  ['authtoken', 'token'],
  ['accesstoken', 'token'],
  ['refreshtoken', 'token'],
  ['apitoken', 'token'],
] as const

/** What makes a key a secret one: `key` alone is the key of a map. */
const keyMakers =
  /^(?:api|access|private|secret|encryption|encrypt|signing|signature|sign|master|service|account|auth|storage|ssh|shared|deploy|license|webhook|subscription|functions?|host|session|cookie|hmac|jwt|app|application|client|data|admin|server|consumer|openai|anthropic|gemini|mistral|groq|deepseek|openrouter|aws|azure|stripe|sendgrid|mailgun|rsa|aes|crypto|cipher|vault|primary|secondary)$/

const notSecret = /^(?:public|publishable|pub|hash|hashed|fingerprint|digest|checksum)$/

/**
 * What kind of secret a name promises, null when none: `DB_PASSWORD` a password, `max_tokens` and `tokenType` nothing.
 */
export function kindOfName(name: string): string | null {
  if (name.length > 120) return null
  const words = name
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !/^\d+$/.test(word))
  const last = words.at(-1)?.replace(/\d+$/, '')
  if (last === undefined || last === '') return null
  const before = words.at(-2) ?? ''
  if (words.some((word) => notSecret.test(word))) return null
  const all = words.join('')
  if (/aws.*secret.*key$|^secretaccesskey$/.test(all)) return 'aws-secret-key'
  if (last === 'key')
    return keyMakers.test(before) || before.endsWith('secret') ? (before === 'private' ? 'secret-key' : 'api-key') : null
  if (last === 'data' && before === 'key') return 'secret-key'
  if (last === 'base' && before === 'key' && words.includes('secret')) return 'secret-key'
  if (last === 'sig' || all === 'xamzsignature' || all === 'xgoogsignature')
    return words.length > 1 || all === 'sig' ? 'signature' : null
  if (last === 'pin' || last === 'otp') return null
  return lastWords.get(last) ?? endings.find(([ending]) => all.endsWith(ending))?.[1] ?? null
}
