import { beforeEach, expect, test, vi } from 'vitest'
import { hashOf } from '../redact/allow.ts'
import { acceptRules } from '../redact/rule-consent.ts'
import { plainSession } from '../testing/sessions.ts'
import { tempDir, writeTree } from '../testing/temp.ts'
import { openRules, redactionForComparing, redactionForSaving } from './redaction.ts'

/** Put together here, so that no scanner finds them in this file. */
const [one, two, three] = ['Kx7mQ2vR', 'Zb4nW9tY', 'Lp6cH3dF'].map((text) => `test_${text}`) as [string, string, string]

const session = plainSession('s', 1)
session.messages[0]!.parts[0]!.text = `DB_PASSWORD=${one}\nAPI_PASSWORD=${two}\nFTP_PASSWORD=${three}`

const expression = { rule: '*', match: '/test_[KL].*/' }
const hash = { rule: 'password', match: hashOf(two) }

beforeEach(() => {
  vi.stubEnv('XDG_DATA_HOME', tempDir())
})

const repository = (...allow: object[]) => writeTree({ '.opencode/ocvault.json': { allow } })
const textOf = (documents: readonly object[]) => JSON.stringify(documents)
const stays = (text: string) => [one, two, three].map((secret) => text.includes(secret))

test('an expression that came with the repository is followed once somebody has agreed; what names one secret at once', async () => {
  const worktree = repository(expression, hash)
  expect(await openRules(worktree)).toEqual([expression])
  const { documents, ...counts } = await redactionForSaving(worktree)([session])
  expect(counts).toEqual({ redactions: 2, allowed: 1, kept: 0 })
  expect(stays(textOf(documents))).toEqual([false, true, false])
  acceptRules(worktree, await openRules(worktree))
  expect(await openRules(worktree)).toEqual([])
  const agreed = await redactionForSaving(worktree)([session])
  expect(agreed).toMatchObject({ redactions: 0, allowed: 3, kept: 0 })
  // The same rule in another repository is another question, and so is another rule in this one.
  expect(await openRules(repository(expression))).toEqual([expression])
  expect(await openRules(worktree)).toEqual([])
})

test('what is compared follows all rules, as whoever saved it did', async () => {
  expect(await redactionForComparing(repository(expression, hash))([session])).toMatchObject({ allowed: 3, redactions: 0 })
})

test('what is personal goes by the flag, or by the configuration for everybody and for what is compared', async () => {
  const mail = plainSession('s', 1)
  mail.messages[0]!.parts[0]!.text = 'write to joe@acme.io'
  const of = async (redact: ReturnType<typeof redactionForComparing>) => (await redact([mail])).redactions
  const [without, withIt] = [repository(), writeTree({ '.opencode/ocvault.json': { pii: true } })]
  expect(await of(redactionForSaving(without))).toBe(0)
  expect(await of(redactionForSaving(without, { personal: true }))).toBe(1)
  expect(await of(redactionForSaving(withIt))).toBe(1)
  expect(await of(redactionForComparing(withIt))).toBe(1)
  await expect(of(redactionForComparing(writeTree({ '.opencode/ocvault.json': { pii: 'yes' } })))).rejects.toThrow(
    /true or false/,
  )
})

test('a rule that cannot be used is refused, agreed to or not', async () => {
  const everything = repository({ rule: '*', match: '/.*/' })
  await expect(openRules(everything)).rejects.toThrow(/fits any secret/)
  await expect(redactionForComparing(everything)([session])).rejects.toThrow(/fits any secret/)
  await expect(openRules(repository({ rule: '*', match: '/(/' }))).rejects.toThrow(/allow\.0\.match/)
})

test('what the person lets stay in a session stays when nobody is asked, until they say otherwise; in no other session', async () => {
  const worktree = repository()
  const unattended = () => redactionForSaving(worktree)([session])
  expect(await unattended()).toMatchObject({ redactions: 3, kept: 0 })
  await redactionForSaving(worktree, { decide: async ([first]) => new Set([first!]) })([session])
  const after = await unattended()
  expect(after).toMatchObject({ redactions: 2, kept: 1 })
  expect(stays(textOf(after.documents))).toEqual([true, false, false])
  expect(await redactionForComparing(worktree)([session])).toMatchObject({ kept: 1 })
  const other = structuredClone(session)
  other.info.id = 'ses_other'
  expect(await redactionForSaving(worktree)([other])).toMatchObject({ kept: 0 })
  await redactionForSaving(worktree, { decide: async () => new Set() })([session])
  expect(await unattended()).toMatchObject({ redactions: 3, kept: 0 })
})
