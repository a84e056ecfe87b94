import { entropy, isExample } from './harmless.ts'
import type { Hit } from './hit.ts'

/**
 * Secrets that tell by their own shape what they are, wherever they stand. Every pattern is bounded, or cannot begin within
 * itself, so that no text makes it look at the same letters again and again. Each is [kind, how it begins, the pattern from
 * there]; the beginning is looked for first, and is rarely there.
 */
const shapes: readonly (readonly [kind: string, prefix: string, pattern: string])[] = [
  ['github-token', 'gh', 'gh[pousr]_[A-Za-z0-9]{30,255}'],
  ['github-token', 'github_pat_', 'github_pat_[A-Za-z0-9_]{36,255}'],
  ['gitlab-token', 'gl', 'gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt|ffct)-[\\w.-]{18,255}'],
  ['slack-token', 'xox', 'xox[abeoprs](?=[A-Za-z0-9.-]*\\d)(?:\\.xox[bp])?-[A-Za-z0-9-]{16,255}'],
  ['slack-token', 'xapp-', 'xapp-\\d-[A-Za-z0-9-]{16,255}'],
  ['stripe-key', 'k_', '(?<=[sr])k_(?:live|test)_[A-Za-z0-9]{16,255}'],
  ['webhook-secret', 'whsec_', 'whsec_[A-Za-z0-9+/=]{20,128}'],
  ['anthropic-key', 'sk-ant-', 'sk-ant-[\\w-]{20,255}'],
  ['openrouter-key', 'sk-or-', 'sk-or-v1-[0-9a-f]{40,128}'],
  ['openai-key', 'sk-', 'sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{24,255}'],
  ['google-api-key', 'AIza', 'AIza[\\w-]{35}'],
  ['google-token', 'ya29.', 'ya29\\.[\\w-]{20,1024}'],
  ['google-client-secret', 'GOCSPX-', 'GOCSPX-[\\w-]{24,40}'],
  ['google-token', '1//0', '1//0[\\w-]{30,255}'],
  ['aws-access-key-id', 'A', 'A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}'],
  ['npm-token', 'npm_', 'npm_[A-Za-z0-9]{36}'],
  ['pypi-token', 'pypi-', 'pypi-AgE[\\w-]{50,1024}'],
  ['rubygems-token', 'rubygems_', 'rubygems_[0-9a-f]{48}'],
  ['crates-token', 'cio', 'cio[A-Za-z0-9]{32}'],
  ['huggingface-token', 'hf_', 'hf_[A-Za-z0-9]{30,64}'],
  ['groq-key', 'gsk_', 'gsk_[A-Za-z0-9]{32,64}'],
  ['xai-key', 'xai-', 'xai-[A-Za-z0-9]{40,128}'],
  ['replicate-token', 'r8_', 'r8_[A-Za-z0-9]{36,40}'],
  ['perplexity-key', 'pplx-', 'pplx-[A-Za-z0-9]{32,64}'],
  ['sendgrid-key', 'SG.', 'SG\\.[\\w-]{16,32}\\.[\\w-]{32,64}'],
  ['mailgun-key', 'key-', 'key-[0-9a-f]{32}'],
  ['twilio-key', 'SK', 'SK[0-9a-f]{32}'],
  ['digitalocean-token', 'do', 'do[por]_v1_[0-9a-f]{64}'],
  ['shopify-token', 'shp', 'shp(?:at|ca|pa|ss)_[0-9A-Za-z]{32,64}'],
  ['linear-key', 'lin_', 'lin_(?:api|oauth)_[A-Za-z0-9_]{32,128}'],
  ['notion-token', 'ntn_', 'ntn_[A-Za-z0-9]{40,64}'],
  ['notion-token', 'secret_', 'secret_[A-Za-z0-9]{43}'],
  ['figma-token', 'figd_', 'figd_[\\w-]{36,200}'],
  ['databricks-token', 'dapi', 'dapi[0-9a-f]{32}(?:-\\d)?'],
  ['vault-token', 'hv', 'hv[sbr]\\.[\\w-]{24,300}'],
  ['grafana-token', 'gl', 'gl(?:c_[A-Za-z0-9+/]{32,400}={0,2}|sa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8})'],
  ['sentry-token', 'sntry', 'sntry[su]_[\\w+/=-]{40,400}'],
  ['tailscale-key', 'tskey-', 'tskey-[a-z]{2,12}-[A-Za-z0-9]{8,40}-[A-Za-z0-9]{16,64}'],
  ['docker-token', 'dckr_', 'dckr_(?:pat|oat)_[\\w-]{24,64}'],
  ['atlassian-token', 'ATATT3', 'ATATT3[\\w=-]{60,400}'],
  ['age-key', 'AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-1[0-9A-Z]{58}'],
  ['postman-key', 'PMAK-', 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}'],
  ['1password-token', 'ops_', 'ops_eyJ[A-Za-z0-9+/=_-]{100,2000}'],
  ['netlify-token', 'nfp_', 'nfp_[A-Za-z0-9]{36,64}'],
  ['supabase-key', 'sb', 'sbp_[0-9a-f]{40}|sb_secret_[\\w-]{20,64}'],
  ['planetscale-token', 'pscale_', 'pscale_(?:tkn|pw|oauth)_[\\w.=-]{32,64}'],
  ['fly-token', 'fm', 'fm[12][ar]?_[A-Za-z0-9+/=]{80,2000}'],
  ['doppler-token', 'dp.', 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{40,80}'],
  ['pulumi-token', 'pul-', 'pul-[0-9a-f]{40}'],
  ['circleci-token', 'CCIPAT_', 'CCIPAT_[A-Za-z0-9]{20,32}_[0-9a-f]{40}'],
  ['buildkite-token', 'bkua_', 'bkua_[0-9a-f]{40}'],
  ['sonar-token', 'sq', 'sq[upa]_[0-9a-f]{40}'],
  ['square-token', 'sq0', 'sq0(?:atp|csp|idp)-[\\w-]{22,64}'],
  ['newrelic-key', 'NRAK-', 'NRAK-[A-Z0-9]{27}'],
  ['dynatrace-token', 'dt0', 'dt0[a-z]\\d\\d\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}'],
  ['mapbox-token', 'sk.eyJ', 'sk\\.eyJ[\\w-]{20,500}\\.[\\w-]{16,64}'],
  ['artifactory-key', 'AKCp', 'AKCp[A-Za-z0-9]{60,80}'],
  ['vercel-token', 'vc', 'vc[pciark]_[A-Za-z0-9]{24,64}'],
  ['cloudflare-token', 'v1.0-', 'v1\\.0-[0-9a-f]{24}-[0-9a-f]{100,160}'],
  ['prefect-key', 'pn', 'pn[ub]_[A-Za-z0-9]{36}'],
  ['firecrawl-key', 'fc-', 'fc-[0-9a-f]{32}'],
  ['tavily-key', 'tvly-', 'tvly-(?:dev-|prod-)?[A-Za-z0-9-]{20,64}'],
  ['e2b-key', 'e2b_', 'e2b_[0-9a-f]{40}'],
  ['langsmith-key', 'lsv2_', 'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}'],
  ['langfuse-key', 'k-lf-', '[sp]k-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  ['cerebras-key', 'csk-', 'csk-[A-Za-z0-9]{40,64}'],
  ['together-key', 'tgp_v1_', 'tgp_v1_[\\w-]{40,64}'],
  ['nvidia-key', 'nvapi-', 'nvapi-[\\w-]{60,80}'],
  ['jina-key', 'jina_', 'jina_[0-9a-f]{32}[\\w-]{28}'],
  ['elevenlabs-key', 'sk_', 'sk_[0-9a-f]{48}'],
  ['pinecone-key', 'pcsk_', 'pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,80}'],
  ['apify-token', 'apify_api_', 'apify_api_[A-Za-z0-9]{34,40}'],
  ['context7-key', 'ctx7sk-', 'ctx7sk-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  ['resend-key', 're_', 're_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}'],
  ['neon-key', 'napi_', 'napi_[a-z0-9]{60,70}'],
  ['posthog-key', 'phx_', 'phx_[A-Za-z0-9]{40,64}'],
  ['airtable-token', 'pat', 'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}'],
  ['opencode-token', 'oc_', 'oc_(?:sk|live|key)_[A-Za-z0-9]{24,80}'],
]

/** A token does not begin in the middle of a word; `\n`, `\t` and `\r` of escaped text are no letters. */
const before = '(?<![A-Za-z0-9_+-]|(?<!\\\\)/(?=[A-Za-z0-9+/]{60})|%)'
const after = '(?![A-Za-z0-9_])'

const shapeRules = shapes.map(([kind, prefix, pattern]) => ({
  kind,
  prefix,
  // A stripe key is found at its underscore, because "sk_" and "rk_" begin differently.
  pattern: new RegExp(
    pattern.startsWith('(?<=[sr])')
      ? `${before}[sr]${pattern.slice(9)}${after}`
      : `(?:${before}|(?<=\\\\[nrt]))(?:${pattern})${after}`,
    'g',
  ),
}))

/** Shapes that need more than one look. */
const others: readonly { kind: string; needs: string; pattern: RegExp }[] = [
  {
    kind: 'jwt',
    needs: 'eyJ',
    pattern: /(?:(?<![\w-])|(?<=\\[nrt]))eyJ[\w-]{10,4096}\.(?:eyJ|[\w-]{20})[\w-]{4,16384}\.[\w-]{10,4096}/g,
  },
  {
    kind: 'slack-webhook',
    needs: 'hooks.slack.com',
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[\w/-]{20,200})/g,
  },
  { kind: 'discord-webhook', needs: '/api/webhooks/', pattern: /\/api\/webhooks\/\d{5,25}\/(?<secret>[\w-]{40,120})/g },
  {
    kind: 'teams-webhook',
    needs: 'webhook.office.com',
    pattern: /webhook\.office\.com\/webhookb2\/(?<secret>[\w@/-]{40,300})/g,
  },
  { kind: 'telegram-token', needs: ':AA', pattern: /(?<![\w:])\d{8,10}:AA[\w-]{33}(?![\w-])/g },
  {
    kind: 'discord-token',
    needs: '.',
    pattern: /(?<![\w.+/-])[MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])/g,
  },
  { kind: 'azure-client-secret', needs: 'Q~', pattern: /(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])/g },
]

/** Secrets by their own shape. */
export function* byShape(text: string): Generator<Hit> {
  for (const { kind, prefix, pattern } of shapeRules) {
    if (!text.includes(prefix)) continue
    for (const match of text.matchAll(pattern)) {
      const secret = match[0]
      if (isDrawn(secret)) yield { start: match.index, end: match.index + secret.length, kind, rank: 3 }
    }
  }
  for (const { kind, needs, pattern } of others) {
    if (!text.includes(needs)) continue
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match[0]
      const start = match.index + match[0].length - secret.length
      if (!jwtOfDocuments.test(secret) && isDrawn(secret)) yield { start, end: start + secret.length, kind, rank: 3 }
    }
  }
}

/** The signature of the token on jwt.io's front page, which is in thousands of documents. */
const jwtOfDocuments = /SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c$/

/** Not `sk-ant-your-key-here…`, nor `ghp_xxxx…`, nor a name of a CSS class that begins like a token. */
export function isDrawn(secret: string): boolean {
  const body = secret.slice(3)
  return (
    !isExample(secret) &&
    !/(.)\1{5}/.test(body) &&
    entropy(body.slice(0, 200)) >= 3 &&
    (/\d/.test(body) || /^(?=.*[a-z])(?=.*[A-Z])[A-Za-z_]+$/.test(body))
  )
}
