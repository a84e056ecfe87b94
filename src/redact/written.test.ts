import { describe, expect, test } from 'vitest'
import { expanded } from '../testing/templates.ts'
import { times } from '../testing/thorough.ts'
import { hitsIn } from './hits.ts'
import { redactSession } from './redact.ts'

/** How the same value is written, with `VALUE` for it. */
const forms: Readonly<Record<string, string>> = {
  env: 'HOME=/root\nDB_PASSWORD=VALUE\nLANG=C',
  quoted: 'DB_PASSWORD="VALUE"',
  'a program': "const password = 'VALUE'",
  JSON: '{"user":"app","password":"VALUE"}',
  YAML: 'db:\n  host: x\n  password: VALUE\n  port: 5432',
  TOML: '[db]\npassword = "VALUE"',
  'shell export': "export DB_PASSWORD='VALUE'",
  'docker -e': 'docker run -e DB_PASSWORD=VALUE -e TZ=UTC postgres',
  'docker inspect': '"Env": [\n  "PATH=/bin",\n  "DB_PASSWORD=VALUE",\n  "LANG=C"\n]',
  'k8s yaml': 'env:\n- name: DB_PASSWORD\n  value: VALUE\n- name: TZ\n  value: UTC',
  'Django settings': "SECRET_KEY = 'VALUE'",
}

/** How each alphabet is drawn, and which part of it may stay: of few letters drawn by lot some are words with dots between. */
const values: Readonly<Record<string, readonly [template: string, mayStay: number]>> = {
  '16 letters, digits and marks': ['{pwx:16}', 0],
  '20 letters, digits and marks': ['{pwx:20}', 0],
  "Django's": ['{django:50}', 0],
  'letters and digits': ['{b62:20}', 0.005],
  '12 letters, digits and marks': ['{pwx:12}', 0.005],
  'as people make them up': ['{pw}', 0.005],
}

describe.each(Object.entries(values))('%s', (valuesName, [template, mayStay]) => {
  test.each(Object.entries(forms))('are found whole: %s', (name, form) => {
    const left: string[] = []
    const draws = times(300, 2000)
    for (let draw = 0; draw < draws; draw++) {
      const value = expanded(template, `${valuesName}/${name}/${draw}`).text
      const at = form.indexOf('VALUE')
      const text = form.replace('VALUE', () => value)
      const covered = hitsIn(text).some(({ start, end }) => start <= at && end >= at + value.length)
      if (!covered) left.push(text)
    }
    expect(left.length <= mayStay * draws ? [] : left).toEqual([])
  })
})

/** What was left, or cut, of values that a person would see at once. */
const examples = [
  'DB_PASSWORD=«qP7.xZ99kLm2»',
  '{"password":"«Silver.Bridge22$UEK»"}',
  'VAULT_TOKEN=«s.mQoK{b62:20}»',
  'MYSQL_PASSWORD=«mK8(dfs9Lw2x»',
  "SECRET_KEY = '«django-insecure-6lhh6m2p_2w1wp%o2c3+%h5)()&n7ryq%@3pkas8(6xta*ab!6»'",
  'DB_PASSWORD=«aB3xk&zTq8Lw2Rp»',
  'my password is: «Silver.Bridge22»',
  'AWS_BEARER_TOKEN_BEDROCK=«{b62:60}»',
  'LAUNCHDARKLY_SDK_KEY=«{b62:40}»',
  'PresharedKey = «{b64:43}=»',
  'FTP_PW=«{b62:9}!»',
  'psk="«{b62:12}»"',
  "ALTER ROLE app LOGIN PASSWORD '«{b62:12}»'",
  'token = "«{b62:14}.atlasv1.{b62:67}»"',
  '~ password = "«{b62:12}»" -> "«{b62:13}»"',
  'https://api.telegram.org/bot{dig:10}:«AA{url:33}»/sendMessage',
  'it is ghp_{b62:10}\u200b{b62:26}'.replace('ghp_', '«ghp_') + '»',
  'tokenghp_«{b62:36}»',
  'try «fc-{hex:32}» now',
  // Drawn by lot, and close to words with dots, a call, an address, a file, a version, something left out.
  ...['KhTndSH.wPHeraGR', 'A(q7i-m&MG_AmadW', 'AKQVp@bfN.YWC.jh', 'o61NB0GoIOmqegU2_.io', '5.2+7p_FPe2UhBAn1v.srJN8'].map(
    (value) => `"password": "«${value}»"`,
  ),
  'DB_PASSWORD=«Etsqo.WeRsTOrorr»',
  'DB_PASSWORD=«*8yFN...1*K^Wla_6Rk.»',
  '{"password":"«-v&37%f6rr22x*l1#6%vho=1t)p-d$6$xxxx(3&69#a$grzaci»"}',
  "SECRET_KEY = '«-bsGMSITmoUsVO!C»'",
]

test.each(examples)('nothing of it stays: %s', async (example) => {
  const { text, secrets } = expanded(example, 'an example')
  const { document } = await redactSession({ output: text })
  for (const secret of secrets) for (const piece of secret.split('\u200b')) expect(document.output).not.toContain(piece)
  expect((await redactSession(document)).document).toEqual(document)
})

test('UTF-16 that was read as bytes', async () => {
  const { text, secrets } = expanded('DB_PASSWORD=«{b62:16}»\r\nTZ=UTC', 'wide')
  const wide = Array.from(text, (letter) => `${letter}\0`).join('')
  const { document } = await redactSession({ output: wide })
  expect(document.output.replaceAll('\0', '')).not.toContain(secrets[0])
  expect(document.output.replaceAll('\0', '')).toContain('TZ=UTC')
})

const harmless = [
  'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf',
  '"nextPageToken": "CAUQAA4f8sk2lLw9"',
  '"NextToken": "eyJNYXJrZXIiOiBudWxsfQ9aB"',
  'lock-token: <urn:uuid:a515cfa4-5da4-22e1-f5b5-00a0451e6bf7>',
  '"change-token": "a515cfa4-5da4-22e1-f5b5-00a0451e6bf7"',
  'password_algorithm: argon2id',
  'secret_hash = sha256',
  'password = req.body.password',
  'const token = await getToken(user, 12)',
  'API_KEY=your-api-key-here',
  'auth: HTTPBasicAuth(*auth)',
  '"secret": "2026-11-21-etc-passwd-qwafqA4x.json"',
  '"token": "msg_jwt000001"',
  'GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'password = hashlib.scrypt(password',
]

test.each(harmless)('stays: %s', async (text) => {
  expect((await redactSession({ output: text })).document.output).toBe(text)
})
