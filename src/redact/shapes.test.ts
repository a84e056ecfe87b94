import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { findSecretsIn } from './redact.ts'

const hex = (length: number) => createHash('sha512').update(`hex ${length}`).digest('hex').slice(0, length)
const letters = (length: number) =>
  createHash('sha512').update(`letters ${length}`).digest('base64').replace(/[+/=]/g, 'x').slice(0, length)
const uuid = [8, 4, 4, 4, 12].map(hex).join('-')

/** Of services that agents are given keys of. Put together here, so that no scanner finds them in this file. */
const keys: Readonly<Record<string, string>> = {
  'firecrawl-key': `fc-${hex(32)}`,
  'tavily-key': `tvly-dev-${letters(32)}`,
  'e2b-key': `e2b_${hex(40)}`,
  'langsmith-key': `lsv2_pt_${hex(32)}_${hex(10)}`,
  'langfuse-key': `sk-lf-${uuid}`,
  'cerebras-key': `csk-${letters(48).toLowerCase()}`,
  'together-key': `tgp_v1_${letters(43)}`,
  'nvidia-key': `nvapi-${letters(64)}`,
  'jina-key': `jina_${hex(32)}${letters(28)}`,
  'elevenlabs-key': `sk_${hex(48)}`,
  'pinecone-key': `pcsk_${letters(6)}_${letters(60)}`,
  'apify-token': `apify_api_${letters(36)}`,
  'context7-key': `ctx7sk-${uuid}`,
  'resend-key': `re_${letters(8)}_${letters(24)}`,
  'neon-key': `napi_${letters(64).toLowerCase()}`,
  'posthog-key': `phx_${letters(47)}`,
  'airtable-token': `pat${letters(14)}.${hex(64)}`,
}

test.each(Object.entries(keys))('%s is found where nothing else tells, and nothing like it within a word', async (kind, key) => {
  const texts = [`my key is ${key}`, `"${key}"`, `A=1\\n${key}\\nB=2`]
  for (const text of texts) {
    const [found, ...more] = await findSecretsIn([text])
    expect([found?.count, more.length, found?.masked], `${kind}: ${text}`).toEqual([
      1,
      0,
      `${key.slice(0, 2)}••••${key.slice(-2)}`,
    ])
  }
  expect(await findSecretsIn([`abc${key.slice(0, 12)}`])).toEqual([])
})
