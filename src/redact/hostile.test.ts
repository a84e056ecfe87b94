import { describe, expect, test } from 'vitest'
import { expectLinear } from '../testing/growth.ts'
import { drawn, planted } from '../testing/secrets.ts'
import { some, times } from '../testing/thorough.ts'
import { hitsIn } from './hits.ts'
import { findSecretsIn, redactSession } from './redact.ts'
import { personal } from './rules/personal.ts'
import { rules, tokenShapes } from './rules/rules.ts'

const size = 2 ** 15
/**
 * What makes patterns look again and again at the same letters: beginnings without an end, ends that nearly come, nested
 * everything.
 */
const pieces = [
  ...[
    'a',
    'A',
    '0',
    ' ',
    '\n',
    '"',
    "'",
    '\\',
    '\\"',
    '-',
    '_',
    '.',
    '/',
    ':',
    '=',
    '@',
    '{',
    '[',
    '\0',
    '🔑',
    'aB',
    'a1_',
    'aB-',
    '. ',
    'é',
  ],
  ...[
    'password',
    'password=',
    'password="',
    "token='x",
    'token=',
    'key: ',
    'secret":"',
    'TOKEN=x ',
    'api key is ',
    '<token>',
    '--token ',
    'set TOKEN "',
  ],
  ...[
    'eyJ',
    '.eyJ',
    '-eyJ-',
    'eyJhbGciOiJIUzI1NiJ9.',
    'sk-',
    'sk-ant-',
    'ghp_',
    'xoxb-',
    'xoxb-1-',
    'SG.',
    'AKIA',
    'hvs.',
    'ops_eyJ',
    '1//0',
    ':AA',
    'Q~',
  ],
  ...[
    '://',
    '://a:',
    '://a:b',
    'https://a:b@',
    'postgres://',
    'mongodb://a:',
    'https://hooks.slack.com/services/T1/B1/',
    'sig=',
    '?sig=',
  ],
  ...[
    'Authorization: ',
    'Authorization: Bearer ',
    'Bearer ',
    'Basic ',
    'Cookie: a=',
    'cookie=',
    'a=b; ',
    'curl -u a:',
    ' -u ',
    'mysql -p',
    'login a password ',
    'db:5432:a:b:',
  ],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\nAAAA',
    'AAAA\n-----END PRIVATE KEY-----\n',
    'AAAAAAAAAAAAAAAAAAAA\n',
    'identified by ',
    'data:image/png;base64,',
    '[redacted:',
    '[redacted:token:1]',
  ],
]

describe('hostile texts', () => {
  test.each(pieces)('32 KB of %j are read in time', async (piece) => {
    await expectLinear(size, (length) => {
      const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
      return findSecretsIn([{ messages: [{ text }] }])
    })
  })

  test('the beginning of every rule, again and again', async () => {
    const keywords = new Set([...rules.flatMap((rule) => rule.keywords), ...tokenShapes.map(({ keyword }) => keyword)])
    for (const keyword of some([...keywords], 150)) {
      for (const piece of [keyword, `${keyword} `, `${keyword}"a`]) {
        await expectLinear(2 ** 14, (length) => hitsIn(piece.repeat(Math.ceil(length / piece.length)).slice(0, length)))
      }
    }
  })

  test.each(['a', 'aB', 'a.', 'a(', 'a1', '$', 'a-', '(a)', 'a[', 'é', '1', 'a b ', 'Aa_'])(
    'values of nothing but %j',
    async (piece) => {
      for (const [head, end] of [
        ['secret = f(', '#'],
        ['password: ', '!'],
        ['"token": "', '"'],
        ['API_KEY=', ''],
      ] as const) {
        await expectLinear(2 ** 9, (length) => hitsIn(`${head}${piece.repeat(length / piece.length)}${end}\n`.repeat(8)))
      }
    },
  )

  // One keyword of each: those of a rule lead to the same expression.
  const beginnings = [
    ...[...rules, ...personal].map(({ keywords: [keyword = ''] }) => keyword),
    ...tokenShapes.map(({ keyword }) => keyword),
  ]
  test('as much as a megabyte of the beginning of any rule takes no longer than its length says', {
    timeout: 3_600_000,
  }, async () => {
    for (const keyword of some(beginnings, 10)) {
      for (const piece of [`${keyword}"a`, keyword]) {
        const repeated = (length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
        await expectLinear(times(2 ** 16, 2 ** 20), (length) => hitsIn(repeated(length), true))
      }
    }
  })

  test('what is personal, again and again', async () => {
    for (const piece of [
      '@',
      'a@',
      'a@a.',
      '@a.b',
      'a.@',
      '+1',
      '+1 ',
      '+49 (',
      'tel: 1 ',
      '4',
      '4 4',
      '4539-',
      'DE8',
      'DE89 ',
      '1.',
      'a',
    ]) {
      await expectLinear(2 ** 14, (length) => hitsIn(piece.repeat(Math.ceil(length / piece.length)).slice(0, length), true))
    }
    for (const keyword of some([...new Set(personal.flatMap((rule) => rule.keywords))], 30)) {
      await expectLinear(2 ** 14, (length) => hitsIn(`${keyword} 1`.repeat(length / 8), true))
    }
  })

  test('five thousand secrets, each twice', async () => {
    await expectLinear(5_000, async (count) => {
      const lines = Array.from({ length: count }, (_item, index) => `API_TOKEN=${drawn(`many ${index}`, 24)}`)
      const { document } = await redactSession({ lines: [...lines, lines.join('\n')] })
      expect(JSON.stringify(document)).not.toContain(drawn('many 777', 24))
    })
  })

  test('a session of 10 MB in 350,000 texts', async () => {
    const secrets = planted()
    const words = 'the quick brown fox reads src/share/redact.ts:42 and calls getToken(user) in 120 ms; '
    await expectLinear(25_000, async (count) => {
      const messages = Array.from({ length: count }, (_item, index) => ({
        info: { id: `msg_${index}`, role: 'assistant' },
        parts: [
          {
            id: `prt_${index}`,
            type: 'text',
            text: words.repeat(5) + (index % 500 === 0 ? secrets[(index / 500) % secrets.length]!.text : ''),
          },
        ],
      }))
      const { document } = await redactSession({ info: { id: 'ses_1' }, messages })
      expect(JSON.stringify(document)).not.toContain(secrets[3]!.value)
    })
  })

  test('a document a hundred thousand levels deep', async () => {
    let deep: unknown = `${'gh'}p_${drawn('deep', 36)}`
    for (let level = 0; level < 100_000; level++) deep = level % 2 ? [deep] : { a: deep }
    const { findings, document } = await redactSession(deep)
    expect(findings).toHaveLength(1)
    expect(typeof document).toBe('object')
  })
})
