import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCard, isIBAN, isPersonsEmail, isPhone } from './personal.ts'
import { findSecretsIn, redactSession } from './redact.ts'

const session = {
  messages: [
    { text: 'joe.smith@acme.io paid with 4539 5787 6362 1486, IBAN DE89 3704 0044 0532 0130 00' },
    { text: 'call +49 171 1234 567, or write to joe.smith@acme.io' },
    { phone: '+14155552671' },
  ],
}

describe('what is personal', () => {
  test('stays where nobody asks for it', async () => {
    expect((await redactSession(session)).document).toEqual(session)
  })

  test('goes where somebody does, the same by the same placeholder, and again changes nothing', async () => {
    const { document } = await redactSession(session, { personal: true })
    expect(document).toEqual({
      messages: [
        { text: '[redacted:email:1] paid with [redacted:card-number:1], IBAN [redacted:iban:1]' },
        { text: 'call [redacted:phone:1], or write to [redacted:email:1]' },
        { phone: '[redacted:phone:2]' },
      ],
    })
    expect((await redactSession(document, { personal: true })).findings).toEqual([])
  })

  test('hides no secret beside it, and takes nothing of its name', async () => {
    const text = `https://joe:${'hu'}nter22@db.acme.io/x DB_PASSWORD=a@b.acme.io7Kx`
    const kinds = async (personal: boolean) => (await findSecretsIn([text], { personal })).map(({ kind }) => kind)
    expect(await kinds(true)).toEqual(await kinds(false))
  })

  test('in a list of customers goes to its last line', async () => {
    const card = (index: number) => {
      const digits = `45395787${String(index).padStart(7, '0')}`
      return [...'0123456789'].map((check) => digits + check).find(isCard)!
    }
    const rows = Array.from({ length: 500 }, (_row, index) => `${100_000 + index},${card(index)},+4915112${34_000 + index}`)
    const { document } = await redactSession({ text: rows.join('\n') }, { personal: true })
    expect(document.text).not.toMatch(/\d{7}/)
  })
})

test('a sum tells one changed digit', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('4539578763621486', '5425233430109903', '378282246310005'),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (card, place, more) => {
        const at = place % card.length
        const other = `${card.slice(0, at)}${(Number(card[at]) + more) % 10}${card.slice(at + 1)}`
        expect([isCard(card), isCard(other)]).toEqual([true, false])
      },
    ),
  )
  expect(isIBAN('GB82 WEST 1234 5698 7654 32')).toBe(true)
  expect(isIBAN('GB82 WEST 1234 5698 7654 33')).toBe(false)
})

test("addresses of nobody, of machines and of files are no person's", () => {
  for (const address of ['a@example.com', 'git@github.com', 'no-reply@acme.io', 'icon@2x.png', 'me@host.local'])
    expect(isPersonsEmail(address), address).toBe(false)
  expect(isPersonsEmail('git-fan@acme.io')).toBe(true)
  expect(['2026-01-01', '127.0.0.1', '1234567890123456', '12345'].filter(isPhone)).toEqual([])
})
