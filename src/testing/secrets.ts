import { createHash } from 'node:crypto'

/** A secret as an agent comes across it: `text` holds `value`, which must not stay. */
export interface Planted {
  readonly kind: string
  readonly value: string
  readonly text: string
}

const alphabets = {
  base62: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  hex: '0123456789abcdef',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  digits: '0123456789',
}

/** Letters drawn by lot, but the same in every run: nothing in this file looks like a secret to a scanner of repositories. */
export function drawn(seed: string, length: number, alphabet: keyof typeof alphabets = 'base62'): string {
  const letters = alphabets[alphabet]
  let text = ''
  for (let block = 0; text.length < length; block++) {
    for (const byte of createHash('sha512').update(`${seed}/${block}`).digest()) text += letters[byte % letters.length]
  }
  return text.slice(0, length)
}

const b64 = (text: string) => Buffer.from(text).toString('base64')
const plain = (kind: string, value: string): Planted => ({ kind, value, text: `it prints ${value} and goes on` })
const within = (kind: string, value: string, text: (value: string) => string): Planted => ({ kind, value, text: text(value) })

function tokens(): Planted[] {
  const shapes: readonly (readonly [string, string, string, number, (keyof typeof alphabets)?])[] = [
    ['github-token', 'github classic', 'ghp' + '_', 36],
    ['github-token', 'github oauth', 'gho' + '_', 36],
    ['github-token', 'github server', 'ghs' + '_', 36],
    ['github-token', 'github fine', 'github' + '_pat_', 82],
    ['gitlab-token', 'gitlab', 'glp' + 'at-', 20],
    ['gitlab-token', 'gitlab deploy', 'gld' + 't-', 20],
    ['stripe-key', 'stripe', 'sk_' + 'live_', 24],
    ['stripe-key', 'stripe restricted', 'rk_' + 'test_', 24],
    ['webhook-secret', 'webhook', 'whs' + 'ec_', 32],
    ['anthropic-key', 'anthropic', 'sk-' + 'ant-api03-', 95, 'url'],
    ['openai-key', 'openai', 'sk-' + 'proj-', 48],
    ['openai-key', 'openai old', 'sk' + '-', 48],
    ['openrouter-key', 'openrouter', 'sk-' + 'or-v1-', 64, 'hex'],
    ['google-api-key', 'google', 'AI' + 'za', 35],
    ['google-token', 'google oauth', 'ya' + '29.', 80, 'url'],
    ['google-client-secret', 'google client', 'GOC' + 'SPX-', 28],
    ['aws-access-key-id', 'aws id', 'AK' + 'IA', 16, 'upper'],
    ['npm-token', 'npm', 'np' + 'm_', 36],
    ['pypi-token', 'pypi', 'pypi-' + 'AgE', 90],
    ['huggingface-token', 'hf', 'h' + 'f_', 34],
    ['groq-key', 'groq', 'gs' + 'k_', 52],
    ['sendgrid-key', 'sendgrid', `SG.${drawn('sendgrid a', 22)}.`, 43],
    ['digitalocean-token', 'do', 'dop' + '_v1_', 64, 'hex'],
    ['linear-key', 'linear', 'lin_' + 'api_', 40],
    ['notion-token', 'notion', 'nt' + 'n_', 46],
    ['vault-token', 'vault', 'hv' + 's.', 95],
    ['databricks-token', 'databricks', 'da' + 'pi', 32, 'hex'],
    ['docker-token', 'docker', 'dckr_' + 'pat_', 27],
    ['telegram-token', 'telegram', `${drawn('telegram id', 9, 'digits').replace(/^0/, '7')}:${'A'.repeat(2)}`, 33],
    ['slack-token', 'slack', `${'xo'}xb-${drawn('slack a', 12, 'digits')}-${drawn('slack b', 12, 'digits')}-`, 24],
  ]
  return shapes.map(([kind, seed, prefix, length, alphabet]) => plain(kind, `${prefix}${drawn(seed, length, alphabet)}`))
}

function environment(): Planted[] {
  const env = (
    kind: string,
    name: string,
    value: string,
    line = (name: string, value: string) => `PATH=/usr/bin\n${name}=${value}\nHOME=/root`,
  ) => within(kind, value, (value) => line(name, value))
  return [
    env('password', 'DB_PASSWORD', `tr0ub4dor-${drawn('db', 4)}`),
    env('password', 'PGPASSWORD', drawn('pg', 12)),
    env('password', 'MYSQL_PWD', 'sword' + 'fishes'),
    env('token', 'CI_JOB_TOKEN', drawn('ci', 20)),
    env('secret', 'NEXTAUTH_SECRET', drawn('nextauth', 43, 'url')),
    env('secret-key', 'SECRET_KEY_BASE', drawn('rails', 128, 'hex')),
    env('api-key', 'DEEPSEEK_API_KEY', drawn('deepseek', 32, 'hex')),
    env('aws-secret-key', 'AWS_SECRET_ACCESS_KEY', drawn('aws', 40, 'base64')),
    env('token', 'FOO_TOKEN', drawn('foo', 24), (name, value) => `export ${name}="${value}"`),
    env('secret', 'APP_SECRET', drawn('app', 20), (name, value) => `docker run -e ${name}=${value} image`),
    env('credential', 'REGISTRY_AUTH', drawn('registry', 28), (name, value) => `$env:${name} = '${value}'`),
    env('api-key', 'MISTRAL_API_KEY', drawn('mistral', 32), (name, value) => JSON.stringify({ env: { [name]: value } })),
  ]
}

function keyValues(): Planted[] {
  const kv = (kind: string, seed: string, text: (value: string) => string, length = 20) => within(kind, drawn(seed, length), text)
  return [
    kv('password', 'json', (v) => JSON.stringify({ user: 'joe', password: v })),
    kv('password', 'json twice', (v) => JSON.stringify(JSON.stringify({ user: 'joe', password: v }))),
    kv('password', 'yaml', (v) => `db:\n  host: x\n  password: ${v}\n  port: 5432`),
    kv('secret', 'camel', (v) => `const config = { clientSecret: '${v}', retries: 3 }`),
    kv('api-key', 'python', (v) => `client = Client(api_key="${v}", timeout=3)`),
    kv('token', 'toml', (v) => `[auth]\ntoken = "${v}"`),
    kv('password', 'adonet', (v) => `Server=db;User Id=sa;Password=${v};Encrypt=true`),
    kv('password', 'symbols', (v) => `"admin_password": "P!${v.slice(0, 6)}#%9"`),
    kv('credential', 'docker auth', (v) => `{"auths":{"ghcr.io":{"auth":"${v}"}}}`, 44),
    kv('token', 'kubeconfig', (v) => `users:\n- name: admin\n  user:\n    token: ${v}`, 64),
    kv('secret-key', 'kube key', (v) => `    client-key-data: ${v}`, 200),
    kv('token', 'npmrc', (v) => `//registry.example.org/:_authToken=${v}`),
    kv(
      'azure-storage-key',
      'azure',
      (v) => `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${v}==;EndpointSuffix=core.windows.net`,
      86,
    ),
    kv('password', 'properties', (v) => `spring.datasource.password=${v}`, 14),
    kv('api-key', 'prose', (v) => `the API key is ${v}, use it`, 32),
    kv('password', 'prose password', (v) => `Password: ${v}`, 12),
  ].map((planted) => (planted.text.includes(planted.value) ? planted : { ...planted, value: planted.value.slice(0, 6) }))
}

function places(): Planted[] {
  const at = (kind: string, seed: string, text: (value: string) => string, length = 24) => within(kind, drawn(seed, length), text)
  const pair = b64(`joe:${drawn('basic', 14)}`)
  return [
    at('authorization', 'bearer', (v) => `> Authorization: Bearer ${v}`, 40),
    at('authorization', 'proxy', (v) => `Proxy-Authorization: Bearer ${v}`, 40),
    within('authorization', pair, (v) => `curl -H 'Authorization: Basic ${v}' https://api.acme.io`),
    at('authorization', 'json header', (v) => JSON.stringify({ headers: { Authorization: `token ${v}` } }), 40),
    at('api-key', 'x-api-key', (v) => `x-api-key: ${v}`, 32),
    at('cookie', 'cookie', (v) => `Cookie: theme=dark; session_id=${v}; lang=en`, 32),
    at('cookie', 'set-cookie', (v) => `< Set-Cookie: connect.sid=${v}; Path=/; HttpOnly; Secure`, 40),
    at('cookie', 'curl cookie', (v) => `curl -b 'sid=${v}' https://acme.io`, 32),
    at('url-password', 'postgres', (v) => `postgres://app:${v}@db.internal:5432/app`, 16),
    at('url-password', 'mysql', (v) => `mysql://app:${v}@10.0.0.3/app`, 16),
    at('url-password', 'mongodb', (v) => `mongodb+srv://app:${v}@cluster0.abcde.mongodb.net/?w=majority`, 16),
    at('url-password', 'redis', (v) => `redis://:${v}@cache:6379/0`, 16),
    at('url-password', 'amqp', (v) => `amqps://svc:${v}@mq/vhost`, 16),
    at('url-password', 'https', (v) => `git clone https://joe:${v}@git.acme.io/x.git`, 16),
    within('url-password', 'p@ss/w'.replace('/', '!') + drawn('at', 4), (v) => `smtp://joe:${v}@mail.acme.io`),
    at('password', 'curl -u', (v) => `curl -s -u joe:${v} https://acme.io`, 12),
    at('password', 'flag', (v) => `acme login --username joe --password ${v}`, 14),
    at('password', 'mysql -p', (v) => `mysql -h db -u root -p${v} app`, 14),
    at('password', 'netrc', (v) => `machine api.acme.io login joe password ${v}`, 14),
    at('password', 'pgpass', (v) => `db.internal:5432:app:joe:${v}`, 14),
    at('password', 'sql', (v) => `CREATE USER joe IDENTIFIED BY '${v}';`, 14),
    at('slack-webhook', 'webhook', (v) => `https://hooks.slack.com/services/T${drawn('t', 9)}/B${drawn('bb', 9)}/${v}`),
    at('signature', 'sas', (v) => `https://acme.blob.core.windows.net/c/f?sv=2024-01-01&sig=${v}%3D`, 43),
    within('aws-secret-key', drawn('aws pair', 40, 'base64'), (v) => `AK${'IA'}${drawn('pair id', 16, 'upper')}\t${v}\tActive`),
    at(
      'jwt',
      'jwt',
      (v) => `it got ${b64('{"alg":"HS256","typ":"JWT"}')}.${b64('{"sub":"1","name":"Joe Doe"}').replace(/=/g, '')}.${v}`,
      43,
    ),
  ]
}

const announced = ['PRIVATE', 'KEY-----'].join(' ')

function privateKeys(): Planted[] {
  const lines = (seed: string) => drawn(seed, 64 * 12, 'base64').match(/.{64}/g)!
  const pem = (seed: string, name = 'RSA ') => [`-----BEGIN ${name}${announced}`, ...lines(seed), `-----END ${name}${announced}`]
  const key = (seed: string, text: (pem: string[]) => string, name?: string): Planted => ({
    kind: 'private-key',
    value: lines(seed)[5]!,
    text: text(pem(seed, name)),
  })
  return [
    key('pem', (pem) => pem.join('\n')),
    key('pem openssh', (pem) => `$ cat id_ed25519\n${pem.join('\n')}\n$`, 'OPENSSH '),
    key('pem escaped', (pem) => `{"type":"service_account","private_key":"${pem.join('\\n')}\\n"}`, ''),
    key('pem escaped twice', (pem) => JSON.stringify(`{"private_key":"${pem.join('\\n')}"}`), 'EC '),
    key('pem cut', (pem) => `${pem.slice(0, 9).join('\n')}\n… (truncated)`),
    key('pem numbered', (pem) => pem.map((line, index) => `${String(index + 1).padStart(5, '0')}| ${line}`).join('\n')),
    key('pem tail', (pem) => `$ tail -8 key.pem\n${pem.slice(5).join('\n')}`),
    key('pem diff', (pem) => pem.map((line) => `+${line}`).join('\n'), 'ENCRYPTED '),
  ]
}

/** Secrets of every kind that rules look for, each in what agents read and write. No two are the same. */
export const planted = (): Planted[] => [...tokens(), ...environment(), ...keyValues(), ...places(), ...privateKeys()]

const names =
  `DATABASE_PASSWORD REDIS_PASS smtpPassword access_token refreshToken GH_PAT api_key apiKey X-Api-Key client_secret clientSecret jwtSecret
  encryption_key SIGNING_KEY privateKey auth_token session_secret DJANGO_SECRET_KEY db.password user-password OPENAI_API_KEY webhookSecret SLACK_TOKEN
  basic_auth sshPassphrase admin_pwd storageAccountKey deployKey licenseKey csrfSecret`.split(/\s+/)

const syntaxes: readonly ((name: string, value: string) => string)[] = [
  (name, value) => `${name}=${value}`,
  (name, value) => `export ${name}='${value}'`,
  (name, value) => JSON.stringify({ [name]: value }, null, 2),
  (name, value) => JSON.stringify(JSON.stringify({ [name]: value })),
  (name, value) => `  ${name}: ${value}`,
  (name, value) => `  ${name}: "${value}"`,
  (name, value) => `const c = { '${name}': '${value}' }`,
  (name, value) => `${name} = "${value}"`,
  (name, value) => `${name} = ${value}`,
  (name, value) => `:${name} => "${value}",`,
  (name, value) => `<${name}>${value}</${name}>`,
  (name, value) => `<add key="${name}" value="${value}"/>`,
  (name, value) => `https://a.io/x?${name}=${value}&y=1`,
  (name, value) => `run --${name.toLowerCase().replace(/[_.]/g, '-')} ${value}`,
  (name, value) => `| ${name} | ${value} |`,
  (name, value) => `{\\"name\\":\\"${name}\\",\\"value\\":\\"${value}\\"}`,
  (name, value) => `- name: ${name}\n  value: ${value}`,
  (name, value) => `set ${name} "${value}"`,
  (name, value) => `heroku config:set ${name}=${value}`,
  (name, value) => `INFO config loaded ${name}=${value} ok`,
  (name, value) => `curl -d "${name}=${value}" https://a.io`,
]

const values: readonly ((seed: string) => string)[] = [
  (seed) => drawn(seed, 32),
  (seed) => drawn(seed, 40, 'hex'),
  (seed) => [8, 4, 4, 4, 12].map((length, index) => drawn(`${seed}${index}`, length, 'hex')).join('-'),
  (seed) => drawn(seed, 43, 'url'),
  (seed) => `${['Sunny', 'Tiger', 'Maple'][seed.length % 3]}${drawn(seed, 2, 'digits')}!${drawn(seed, 3)}`,
  (seed) => `${drawn(seed, 43, 'base64')}=`,
]

/** Secrets behind names: each name in each syntax with each sort of value. */
export function spellings(): { readonly value: string; readonly text: string }[] {
  return names.flatMap((name) =>
    syntaxes.flatMap((syntax, at) =>
      values.map((make, index) => {
        const value = make(`${name}/${at}/${index}`)
        return { value, text: syntax(name, value) }
      }),
    ),
  )
}
