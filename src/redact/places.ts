import { entropy, isBlank, isCode, isExample, isWords } from './harmless.ts'
import type { Hit } from './hit.ts'

/**
 * A secret by where it stands. Patterns have one group, `secret`; each begins with letters that are rarely there (`needs`, in
 * lower case), and is bounded.
 */
interface Placed {
  readonly kind: string
  readonly needs: readonly string[]
  readonly pattern: RegExp
  readonly isSecret: (secret: string, match: RegExpExecArray, text: string) => boolean
}

const isToken = (secret: string) => secret.length >= 8 && !isBlank(secret) && !isCode(secret) && !isWords(secret)
const isPassword = (secret: string) =>
  secret.length >= 3 && !secret.startsWith('[redacted') && !isBlank(secret) && !/^x-oauth-basic$|^\d{1,5}$/.test(secret)

const quote = '\\\\{0,7}["\'`]'

const rules: readonly Placed[] = [
  {
    kind: 'authorization',
    needs: ['authorization'],
    pattern: new RegExp(
      `authorization(?:${quote})?\\]?[ \\t]{0,4}(?::|=>?|,)[ \\t]{0,4}(?:[f])?(?:${quote})?(?:(?:bearer|basic|token|apikey|api-key|negotiate|bot|key|digest|splunk|sso-key|ghost|genie\\w{0,8})[ \\t]{1,4})?(?<secret>[^\\s"'\`\\\\,;<>(){}\\0]{6,8192})`,
      'dgi',
    ),
    isSecret: isToken,
  },
  {
    kind: 'authorization',
    needs: ['bearer '],
    pattern: /(?<![a-z])bearer[ \t]{1,4}(?<secret>[\w.~+/=-]{16,8192})/dgi,
    isSecret: (secret) => isToken(secret) && /\d/.test(secret),
  },
  {
    kind: 'authorization',
    needs: ['basic '],
    pattern: /(?<![a-z])basic[ \t]{1,4}(?<secret>[A-Za-z0-9+/]{12,2048}={0,2})/dgi,
    isSecret: (secret) => isCredentialsPair(secret),
  },
  {
    kind: 'url-password',
    needs: ['://'],
    pattern: /:\/\/[^\s:@/"'`<>\\\0]{0,128}:(?<secret>[^\s/"'`<>\\\0]{1,256})@(?=[\w[.${%-])/dg,
    isSecret: (secret) => isPassword(secret) && !/^\d{1,5}[/?#]/.test(secret),
  },
  {
    kind: 'url-token',
    needs: ['://'],
    pattern: /:\/\/(?<secret>[\w.~-]{16,256})(?::x-oauth-basic|:)?@(?=[\w[.-])/dg,
    isSecret: (secret) => isToken(secret) && /\d/.test(secret) && entropy(secret) > 3,
  },
  {
    kind: 'password',
    needs: [' -u', ' --user', ' --proxy-user', '"-u', '\n-u', '\t-u', ',-u'],
    pattern:
      /[\s"'`,](?:-u|-U|--user|--proxy-user)(?:[ =]|["'`],[ ]?|)["'`\\]{0,3}[^\s:"'`=/\\\0]{0,128}:(?<secret>[^\s"'`\\\0]{3,256})/dg,
    isSecret: (secret, match, text) =>
      isPassword(secret) &&
      !/^\d+$/.test(secret) &&
      (!isWords(secret) || /\b(?:curl|wget|http|https|xh|skopeo|ldapsearch)\b/.test(commandUpTo(text, match.index + 1))),
  },
  {
    kind: 'password',
    needs: ['--pass', '--token', '--secret', '--api', '--auth', '--access', '--client', '-password', '-passphrase', '-token'],
    pattern:
      /(?<![\w-])--?(?:[a-z]{1,20}-){0,3}(?:password|passwd|passphrase|pass|token|secret|api-?key|access-?key|auth-?key)(?:=|[ \t]{1,4}|["'`],[ ]?)["'`\\]{0,3}(?<secret>[^\s"'`\\\0]{4,2048})/dgi,
    isSecret: (secret) =>
      isPassword(secret) && !secret.startsWith('-') && !isCode(secret) && !isWords(secret) && /\d|[^\w-]/.test(secret),
  },
  {
    kind: 'password',
    needs: ['mysql', 'mariadb', 'sshpass', '7z'],
    pattern:
      /\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|sshpass|7z)\b[^\n\0]{0,160}?[ \t]-p["']?(?: (?<=sshpass -p ))?["']?(?<secret>[^\s"'`\\\0-][^\s"'`\\\0]{3,128})/dg,
    isSecret: isPassword,
  },
  {
    kind: 'password',
    needs: ['login '],
    pattern: /\blogin\s{1,8}\S{1,255}\s{1,8}password\s{1,8}["']?(?<secret>[^\s"'\\\0]{3,512})/dg,
    isSecret: isPassword,
  },
  {
    kind: 'password',
    needs: [':5432:', ':5433:', ':6432:', ':*:', ':5434:', ':5435:'],
    pattern:
      /(?<![\w.*-])[\w.*-]{1,128}:(?:54\d\d|6432|\*):[\w.*-]{1,128}:[\w.*-]{1,64}:(?<secret>[^\s:"'\\\0]{4,256})(?=$|[\s\\"\0])/dgm,
    isSecret: isPassword,
  },
  {
    kind: 'password',
    needs: ['identified by', 'with password', ' password '],
    pattern:
      /\b(?:identified\s{1,4}by|(?:with|encrypted|role\s\S{1,64}|user\s\S{1,64})\s{1,4}password)\s{1,4}(?:\\{0,3}['"])(?<secret>[^\s'"\\\0]{4,256})(?=\\{0,3}['"])/dgi,
    isSecret: (secret) => isPassword(secret),
  },
  {
    kind: 'cookie',
    needs: ['cookie'],
    pattern: new RegExp(
      `cookie2?(?:${quote})?\\]?[ \\t]{0,4}[:=,][ \\t]{0,4}(?:${quote})?(?<secret>[^\\n\\r"'\`\\0]{4,8192})`,
      'dgi',
    ),
    isSecret: (secret) => secret.includes('='),
  },
  {
    kind: 'cookie',
    needs: [' -b ', ' --cookie '],
    pattern: /[ \t](?:-b|--cookie)[ \t]{1,4}["']?(?<secret>[\w.-]{1,64}=[^\n\r"'`\0]{4,8192})/dg,
    isSecret: (_secret, match, text) => /\b(?:curl|http|xh|wget)\b/.test(commandUpTo(text, match.index)),
  },
  {
    kind: 'signature',
    needs: ['sig=', 'signature='],
    pattern: /[?&](?:sig|x-amz-signature|x-goog-signature|signature)=(?<secret>[\w%+/=.~-]{20,1024})/dgi,
    isSecret: isToken,
  },
  {
    kind: 'aws-secret-key',
    needs: ['akia', 'asia'],
    pattern:
      /(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Za-z0-9])[^\0]{1,160}?(?<![A-Za-z0-9+/=])(?<secret>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/dg,
    isSecret: (secret) => /[a-z]/.test(secret) && /[A-Z]/.test(secret) && /\d/.test(secret) && !isExample(secret),
  },
]

/**
 * The line up to a place, and those before it that a backslash joins to it. No more than a screenful: a hostile line may have a
 * million places. Of whole lines, because what was redacted is shorter, and would bring a program of another line nearer.
 */
function commandUpTo(text: string, end: number): string {
  const before = text.slice(Math.max(0, end - 2000), end)
  let start = before.lastIndexOf('\n')
  while (start > 0 && /\\\r?$/.test(before.slice(Math.max(0, start - 2), start))) start = before.lastIndexOf('\n', start - 1)
  return before.slice(start + 1)
}

/** Whether this is `user:password` in base64. */
function isCredentialsPair(value: string): boolean {
  if (isBlank(value)) return false
  const text = Buffer.from(value, 'base64').toString('latin1')
  const password = /^[\x21-\x7e]{0,256}?:(.{3,})$/.exec(text)?.[1]
  return password !== undefined && /^[\x20-\x7e]+$/.test(password) && isPassword(password)
}

/** Secrets by where they stand: headers, addresses, command lines, files of passwords. */
export function* byPlace(text: string): Generator<Hit> {
  const lower = text.toLowerCase()
  for (const { kind, needs, pattern, isSecret } of rules) {
    if (!needs.some((word) => lower.includes(word))) continue
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices!.groups!.secret!
      const secret = match.groups!.secret!
      if (!isSecret(secret, match, text)) continue
      if (kind === 'cookie') yield* cookiesIn(secret, start)
      else yield { start, end, kind, rank: 2 }
    }
  }
}

const attributes = /^(?:path|domain|expires|max-age|samesite|secure|httponly|priority|partitioned|version|comment|charset)$/i

/** The values in `a=1; b=2`; settings such as a language or a theme are none. */
export function* cookiesIn(header: string, at = 0): Generator<Hit> {
  for (const match of header.matchAll(/(?:^|[;,])[ \t]{0,4}(?<name>[\w.$!#%&'*+^|~-]{1,128})=(?<value>[^;,\s\\]{6,4096})/dg)) {
    const { name, value } = match.groups! as { name: string; value: string }
    if (attributes.test(name) || isBlank(value) || isCode(value) || (isWords(value) && value.length < 20)) continue
    const [start, end] = match.indices!.groups!.value!
    yield { start: at + start, end: at + end, kind: 'cookie', rank: 2 }
  }
}
