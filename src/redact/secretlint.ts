import type { Hit } from './hit.ts'

/**
 * Rules of secretlint's recommended preset that are left out: comments in a transcript must not switch the search off, and the
 * others report ranges that hold more than the secret, or less. Rules of ours look for these.
 */
const leftOut = /-(?:filter-comments|basicauth|database-connection-string|privatekey|gcp)$/
const prefix = '@secretlint/secretlint-rule-'

/** What our own rules call the same. */
const kinds: Readonly<Record<string, string>> = {
  aws: 'aws-access-key-id',
  openai: 'openai-key',
  anthropic: 'anthropic-key',
  groq: 'groq-key',
  sendgrid: 'sendgrid-key',
  linear: 'linear-key',
  'hashicorp-vault': 'vault-token',
}

function kindOf(ruleId: string, secret: string): string {
  const rule = ruleId.slice(prefix.length)
  return secret.includes('hooks.slack') ? 'slack-webhook' : (kinds[rule] ?? `${rule}-token`)
}

/**
 * secretlint compares each finding of a text with each other, so a text goes to it in windows; they overlap by more than any
 * token is long.
 */
const windowSize = 2 ** 17
const overlap = 4096

/** Secrets that secretlint knows (12.0.0, MIT; 25 vendors, kept current by its authors). Loaded when it is asked for. */
export async function bySecretlint(text: string): Promise<Hit[]> {
  const [{ lintSource }, { rules }, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ])
  // It keeps a mark of each step for ever, and looks through all of them at each (12.3.1): a thousand sessions would take
  // minutes.
  secretLintProfiler.mark = () => undefined
  // The preset's own switch for its rules is not looked at (12.0.0), so they are taken one by one.
  const wanted = rules.filter(({ meta }) => !leftOut.test(meta.id)).map((rule) => ({ id: rule.meta.id, rule }))
  const hits: Hit[] = []
  for (let from = 0; from < text.length; from += windowSize) {
    const content = text.slice(from, from + windowSize + overlap)
    const { messages } = await lintSource({
      source: { content, contentType: 'text', filePath: 'session.txt', ext: '.txt' },
      options: { config: { rules: wanted }, noPhysicFilePath: true },
    })
    // Its ranges do not count a byte order mark at the beginning.
    const shift = content.charCodeAt(0) === 0xfeff ? 1 : 0
    for (const { range, data, ruleId } of messages) {
      const [start, end] = [range[0] + shift, range[1] + shift]
      // A range counts only where it holds what was found: that of AWS secret keys begins at the name before them.
      if (!Object.values(Object(data)).includes(content.slice(start, end))) continue
      hits.push({ start: from + start, end: from + end, kind: kindOf(ruleId, content.slice(start, start + 30)), rank: 2 })
    }
  }
  return hits
}
