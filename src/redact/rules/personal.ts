import { rulesOf } from './rule.ts'

/** The countries of the IBAN registry. */
const countries =
  'AD AE AL AT AZ BA BE BG BH BI BR BY CH CR CY CZ DE DJ DK DO EE EG ES FI FK FO FR GB GE GI GL GR GT HN HR HU IE IL IQ IS IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MN MR MT MU NI NL NO OM PK PL PS PT QA RO RS RU SA SC SD SE SI SK SM SO ST SV TL TN TR UA VA VG XK YE'

/** What the numbers of cards begin with: American Express, Diners, JCB, Visa, Mastercard, Discover, UnionPay. */
const cards = '34 37 30 36 38 35 40 41 42 43 44 45 46 47 48 49 51 52 53 54 55 22 23 24 25 26 27 60 64 65 62'.split(' ')

/** Words that a telephone number stands behind. */
const calls = [
  ...['phone', 'tel', 'telephone', 'mobile', 'cell', 'call', 'call me at', 'fax', 'whatsapp', 'sms'],
  ...['telefon', 'handy', 'rufnummer', 'mobil', 'téléphone', 'teléfono', 'telefone', 'telefono', 'celular', 'móvil'],
  ...['телефон', '电话', '手机', '電話', '携帯', '전화', 'phone_number', 'phonenumber', 'phone-number'],
]

/** Digits as people write them, in groups or not. */
const digits = String.raw`\d(?:[ .\/()-]{0,3}\d){6,14}`

/** What is personal and no secret: looked for only where somebody asks for it. */
export const personal = rulesOf([
  {
    id: 'email',
    keywords: ['@'],
    // Not the password before a host, nor what git and npm write with the same mark.
    pattern: String.raw`(?<=(?<![\p{L}\p{N}_.+%/-])(?<!:\/\/[^\s/@]{0,80}:)(?<before>[\p{L}\p{N}_](?:[\p{L}\p{N}._%+-]{0,62}[\p{L}\p{N}_+-])?))@(?<secret>(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,6}\p{L}{2,24})(?![\w@]|\.\w|:[\w./~-]*\/)`,
    judge: 'email',
    rank: 1,
    finds: [
      'write to «joe.smith+work@acme.io».',
      'Author: Zoë Müller <«zoë.müller@bücher.de»>',
      '{"email":"«j_doe@mail.acme.co.uk»"}',
      'mailto:«joe@acme.io»?subject=x',
      'cc: «joe@acme.io», «ann@acme.io»',
    ],
    leaves: [
      'git clone git@github.com:anomalyco/opencode.git',
      'npm install react@18.2.0 @types/node@latest',
      'user@example.com, me@test.example and noreply@github.com',
      'icon@2x.png and getty@tty1.service',
      'https://joe:hunter22@db.acme.io/x',
      '@Component({ selector })',
      'a@b',
    ],
  },
  {
    id: 'phone',
    keywords: ['+', 'tel:'],
    // A line that a diff adds begins with the same mark.
    pattern: String.raw`(?<![\w+=/.)-])(?:tel:)?(?:(?<![^\0]\n)|(?=\+\d{1,3}[ .(-]))(?<secret>\+(?=[1-9])${digits})(?![\w+=%-]|\.\d)`,
    judge: 'phone',
    finds: ['call «+49 171 1234 567» today', 'tel:«+14155552671»', '"phone":"«+1 (415) 555-2671»"', '«+44 20 7946 0958»'],
    leaves: [
      '1 +100 -20 lines',
      '--- a⏎+++ b⏎+1415555267',
      '@@ -1,7 +1,7 @@',
      'x = a +12345',
      '2026-01-01T10:00:00+02:00',
      'sum+4915112345678=1',
      '+1000',
    ],
  },
  {
    id: 'phone',
    keywords: calls,
    pattern: String.raw`(?<![\p{L}\d])KW(?:[ _-]?(?:number|no|nr|nummer|num))?\.?["'\x60]?(?:[ \t]{0,3}(?:[:：=]|is|ist|at|on|me at|号码|号)){0,2}[ \t]{0,3}["'\x60]?(?<secret>(?:(?<=[\s:])\()?${digits})(?![\w%]|\.\d)`,
    judge: 'phone',
    finds: [
      'Phone: «(415) 555-2671»',
      'Tel. «0171 / 1234567»',
      '"phone": "«030-12345678»"',
      'call me at «415-555-2671»',
      '电话：«13800138000»',
    ],
    leaves: ['call 12 times', 'phone: string', 'tel: 2026-01-01', 'mobile 1.2.3.4', 'call(12345678)', 'phone: 1700000000000000'],
  },
  {
    id: 'card-number',
    keywords: cards,
    pattern: String.raw`(?<![\w.+/-]|\d )(?:\d{4}(?:[ -]\d{4}){3}|3\d{3}[ -]\d{6}[ -]\d{4,5}|\d{16}|3[47]\d{13}|3[068]\d{12})(?![\w%/=]|[.-]\d| \d)`,
    judge: 'card',
    finds: ['paid with «4539 5787 6362 1486»', '"card":"«5425233430109903»"', 'amex «3782-822463-10005»'],
    leaves: ['4539 5787 6362 1487', 'id 4000000000000000', '0.4539578763621486', 'a4539578763621486'],
  },
  {
    id: 'iban',
    keywords: countries.split(' ').flatMap((country) => [...'0123456789'].map((digit) => `${country.toLowerCase()}${digit}`)),
    exact: true,
    pattern: String.raw`(?<![\w/+=-])[A-Z]{2}\d{2}(?:[ ]?[A-Z\d]{4}){2,7}(?:[ ]?[A-Z\d]{1,3})?(?![A-Z\d_/+=-])`,
    judge: 'iban',
    finds: [
      'IBAN: «DE89 3704 0044 0532 0130 00»',
      '"iban":"«GB82WEST12345698765432»"',
      'to «FR1420041010050500013M02606», please',
    ],
    leaves: ['DE88 3704 0044 0532 0130 00', 'DE89', 'SE12ABCDEFGH0000'],
  },
])
