import type { FilePart, Message, Part, ToolPart } from '../conversation/message.ts'
import type { Page } from '../render/pages/page.ts'

/**
 * Sessions for the tests of the reading pages: one with everything that there is, and one with a text in every place that takes
 * one.
 */

const time = Date.UTC(2026, 7, 14, 9, 30)
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

function sessionOf(fields: Partial<Page['session']> = {}): Page['session'] {
  return {
    id: 'ses_page',
    title: 'Make the parser faster',
    slug: 'brave-otter',
    parentID: null,
    projectID: '4b0ea68d7af9a6031a7ffda7ad66e0cb83315750',
    directory: '/home/dev/work/parser',
    agent: 'build',
    model: { providerID: 'anthropic', modelID: 'claude-sonnet-4-5' },
    version: '1.18.33',
    share: null,
    time: { created: time, updated: time + 600_000, archived: null },
    cost: 0.1234,
    tokens: { input: 12_000, output: 3400, reasoning: 120, cache: { read: 56_000, write: 789 } },
    subagents: 0,
    copies: [],
    ...fields,
  }
}

export function messageOf(fields: Partial<Message> & { parts: readonly Part[] }): Message {
  const role = fields.role ?? 'assistant'
  return {
    id: 'msg_1',
    sessionID: 'ses_page',
    role,
    kind: role === 'user' ? 'prompt' : role === 'assistant' ? 'answer' : 'notice',
    time: { created: time, completed: null },
    agent: 'build',
    model: { providerID: 'anthropic', modelID: 'claude-sonnet-4-5' },
    error: null,
    tokens: null,
    cost: null,
    interrupted: false,
    reverted: false,
    ...fields,
  }
}

type Fields<Type extends Part['type']> = Partial<Omit<Extract<Part, { type: Type }>, 'type'>>

/** A part whose other fields are empty. */
export function partOf<Type extends Part['type']>(type: Type, fields: Fields<Type>): Part {
  const empty: { [T in Part['type']]: Omit<Extract<Part, { type: T }>, 'type' | 'id' | 'raw'> } = {
    text: { text: '', synthetic: false, ignored: false },
    reasoning: { text: '' },
    tool: {
      tool: 'bash',
      callID: null,
      status: 'completed',
      title: null,
      input: null,
      output: null,
      error: null,
      exit: null,
      time: { start: null, end: null },
      compacted: false,
      sessionID: null,
      attachments: [],
    },
    file: { mime: null, filename: null, url: null },
    subtask: { agent: null, description: null, prompt: null },
    step: { phase: 'finish', snapshot: null, reason: null, cost: null, tokens: null },
    patch: { hash: null, files: [] },
    retry: { attempt: null, error: null },
    compaction: { auto: false, summary: null },
    shell: { command: '', output: null, exit: null },
    notice: { notice: '' },
    unknown: {},
  }
  return { id: 'prt_1', raw: {}, ...empty[type], ...fields, type } as unknown as Part
}

export function pageOf(
  messages: Iterable<Message>,
  session: Partial<Page['session']> = {},
  subagents: readonly Page[] = [],
): Page {
  return { session: sessionOf({ subagents: subagents.length, ...session }), messages, subagents }
}

const picture = (name: string): FilePart =>
  partOf('file', { mime: 'image/png', filename: name, url: `data:image/png;base64,${pixel}` }) as FilePart

/** The messages of a page in which this text stands wherever a store can hold one, markup of its own included. */
export function* textEverywhere(text: string): Iterable<Message> {
  const tool = (fields: Fields<'tool'>) => partOf('tool', { tool: text, callID: text, title: text, ...fields })
  const file = { mime: text, filename: text, url: text }
  const inlined: FilePart[] = [
    partOf('file', file) as FilePart,
    partOf('file', { ...file, url: `data:image/png;base64,${pixel}` }) as FilePart,
    partOf('file', { ...file, url: `data:image/svg+xml,${text}` }) as FilePart,
    partOf('file', { ...file, url: `data:${text};base64,${pixel}` }) as FilePart,
    partOf('file', { ...file, url: `data:image/png;base64,${pixel}${text}` }) as FilePart,
  ]
  const named = { id: text, agent: text, model: { providerID: text, modelID: text } }
  yield messageOf({
    ...named,
    role: 'user',
    parts: [
      partOf('text', { text }),
      partOf('text', { text: `\`\`\`${text}\n${text}\n\`\`\`\n${text}` }),
      partOf('text', { text, synthetic: true }),
      partOf('text', { text, ignored: true }),
      ...inlined,
      partOf('subtask', { agent: text, description: text, prompt: text }),
      partOf('compaction', { summary: text }),
    ],
  })
  yield messageOf({
    ...named,
    error: { name: text, message: text },
    reverted: true,
    interrupted: true,
    parts: [
      partOf('text', { text }),
      ...[
        `# ${text}`,
        `> ${text}`,
        `- ${text}`,
        `    ${text}`,
        `[${text}](${text})`,
        `![${text}](${text} "${text}")`,
        `<${text}>`,
      ].map((source) => partOf('text', { text: source })),
      partOf('text', { text: `| ${text} | b |\n|---:|:-:|\n| ${text} | ${text} |` }),
      partOf('text', { text: `[a][r] [b](https://x.example/${text})\n\n[r]: ${text} "${text}"` }),
      ...['js', 'html', 'md', 'bash', 'diff', text].map((language) =>
        partOf('text', { text: `\`\`\`${language}\n${text}\n\`\`\`` }),
      ),
      partOf('reasoning', { text }),
      tool({ input: { command: text, [text]: text }, output: text, sessionID: text, compacted: true }),
      tool({
        input: { filePath: `${text}.html`, content: `${text}\n${text}`, list: [text, { [text]: text }] },
        output: `diff --git ${text}`,
      }),
      tool({ input: text, status: 'error', error: text, attachments: inlined }),
      tool({ input: { todos: [{ content: text, status: text, priority: text }] }, status: 'running' }),
      tool({ input: { filePath: text, oldString: text }, raw: { state: { metadata: { diff: `--- a/${text}\n+${text}` } } } }),
      partOf('step', { phase: 'start', snapshot: text }),
      partOf('step', { phase: 'finish', snapshot: text, reason: text }),
      partOf('patch', { hash: text, files: [text, text] }),
      partOf('retry', { attempt: 1, error: text }),
      partOf('unknown', { raw: { type: text, [text]: text } }),
    ],
  })
  yield messageOf({ ...named, role: 'user', kind: 'shell', parts: [partOf('shell', { command: text, output: text, exit: 1 })] })
  yield messageOf({ ...named, role: 'system', kind: 'notice', parts: [partOf('notice', { notice: text })] })
}

/** The same with the session's own fields, and a subagent. */
export function pageFullOf(text: string): Page {
  const fields = {
    id: text,
    title: text,
    slug: text,
    parentID: text,
    projectID: text,
    directory: text,
    agent: text,
    model: { providerID: text, modelID: text },
    version: text,
    share: text,
  }
  return pageOf(textEverywhere(text), fields, [pageOf(textEverywhere(text), fields)])
}

/** A session with every kind of message and every type of part, as a person could have led it. */
export function everything(): Page {
  const edit = partOf('tool', {
    id: 'prt_edit',
    tool: 'edit',
    title: 'src/lexer.ts',
    input: { filePath: '/home/dev/work/parser/src/lexer.ts', oldString: 'slice(0, n)', newString: 'subarray(0, n)' },
    output: 'Edit applied successfully.',
    time: { start: time, end: time + 340 },
    raw: {
      state: {
        metadata: {
          diff: '--- a/src/lexer.ts\n+++ b/src/lexer.ts\n@@ -12,3 +12,3 @@\n function read(n: number) {\n-  return buffer.slice(0, n)\n+  return buffer.subarray(0, n)\n }',
        },
      },
    },
  }) as ToolPart
  const child = pageOf(
    [
      messageOf({ id: 'msg_child1', role: 'user', parts: [partOf('text', { text: 'Find every caller of `readToken`.' })] }),
      messageOf({
        id: 'msg_child2',
        agent: 'explore',
        parts: [partOf('text', { text: 'Three callers, all in `src/parser.ts`.' })],
      }),
    ],
    { id: 'ses_child', parentID: 'ses_page', title: 'Find callers (@explore subagent)', agent: 'explore' },
  )
  const messages: Message[] = [
    messageOf({
      id: 'msg_prompt',
      role: 'user',
      parts: [
        partOf('text', {
          text: 'The parser takes 4 s for a file of 2 MB. Please find out why, and make it faster.\n\n  - keep the API\n  - no new dependencies (see https://example.com/rules)\n\n```ts\nconst tokens = parse(await readFile("big.txt", "utf8"))\n```',
        }),
        picture('profile.png'),
        partOf('file', { mime: 'text/plain', filename: 'src/lexer.ts', url: 'file:///home/dev/work/parser/src/lexer.ts' }),
        partOf('text', { text: 'Called the Read tool with the following input: {"filePath":"src/lexer.ts"}', synthetic: true }),
        partOf('text', { text: 'a note to myself', ignored: true }),
      ],
    }),
    messageOf({
      id: 'msg_answer',
      time: { created: time + 2000, completed: time + 12_000 },
      parts: [
        partOf('step', { phase: 'start', snapshot: '6ab4fd1174b30b1f2f032bab0afe07617ac59669' }),
        partOf('reasoning', { text: 'I should **measure** first: a profile says more than a guess.\n\nThen look at `slice`.' }),
        partOf('text', {
          text: '## What I found\n\nThe lexer copies the rest of the buffer **for every token**:\n\n1. `slice` copies, `subarray` does not\n2. the regular expression is compiled anew each time\n   - see [MDN](https://developer.mozilla.org/)\n\n| file | before | after |\n|:-----|-------:|------:|\n| small.txt | 0.1 s | 0.1 s |\n| big.txt | 4.0 s | 0.2 s |\n\n> Measured on a quiet machine.\n\n```ts\n// one buffer, many views\nexport function read(n: number): Uint8Array {\n  return buffer.subarray(0, n)\n}\n```\n\nHTML is shown: <b>not bold</b>.',
        }),
        partOf('tool', {
          tool: 'bash',
          input: {
            command: 'node --prof bench.js && node --prof-process isolate-*.log | head -40',
            description: 'Profile the benchmark',
          },
          output: Array.from(
            { length: 40 },
            (_item, line) =>
              `${String(line * 7).padStart(6)}   ${(9.7 - line / 5).toFixed(1)}%  Lexer.read /src/lexer.ts:${line}`,
          ).join('\n'),
          time: { start: time, end: time + 4200 },
        }),
        edit,
        partOf('tool', {
          tool: 'read',
          status: 'error',
          input: { filePath: '/home/dev/work/parser/src/gone.ts' },
          error: 'ENOENT: no such file or directory',
        }),
        partOf('tool', {
          tool: 'todowrite',
          input: {
            todos: [
              { id: '1', content: 'profile', status: 'completed', priority: 'high' },
              { id: '2', content: 'use views', status: 'in_progress', priority: 'high' },
              { id: '3', content: 'write a benchmark', status: 'pending', priority: 'low' },
            ],
          },
          output: '[]',
        }),
        partOf('tool', {
          tool: 'task',
          title: 'Find callers',
          sessionID: 'ses_child',
          input: { description: 'Find callers', prompt: 'Find every caller of `readToken`.', subagent_type: 'explore' },
          output: 'Three callers.',
        }),
        partOf('tool', { tool: 'webfetch', status: 'running', input: { url: 'https://example.com', format: 'markdown' } }),
        partOf('tool', {
          tool: 'screenshot',
          input: {},
          output: 'Taken.',
          compacted: true,
          attachments: [picture('screen.png')],
        }),
        partOf('patch', { hash: '6ab4fd11', files: ['/home/dev/work/parser/src/lexer.ts'] }),
        partOf('retry', { attempt: 2, error: 'overloaded_error: the model is busy' }),
        partOf('step', {
          phase: 'finish',
          snapshot: '9c31aa02aa',
          reason: 'tool-calls',
          cost: 0.0123,
          tokens: { input: 1200, output: 340, reasoning: 0, cache: { read: 5600, write: 0 } },
        }),
      ],
    }),
    messageOf({ id: 'msg_more', parts: [partOf('text', { text: 'All tests pass. **4.0 s → 0.2 s.**' })] }),
    messageOf({
      id: 'msg_shell',
      role: 'user',
      kind: 'shell',
      parts: [partOf('shell', { command: 'npm test', output: '12 passed\n1 failed', exit: 1 })],
    }),
    messageOf({ id: 'msg_switch', role: 'system', parts: [partOf('notice', { notice: 'agent switched from build to plan' })] }),
    messageOf({
      id: 'msg_synthetic',
      role: 'user',
      kind: 'synthetic',
      parts: [partOf('text', { text: 'Continue with the plan.', synthetic: true })],
    }),
    messageOf({ id: 'msg_compact', role: 'user', kind: 'compaction', parts: [partOf('compaction', { auto: true })] }),
    messageOf({
      id: 'msg_summary',
      agent: 'compaction',
      kind: 'compaction',
      parts: [partOf('text', { text: '## Goal\n\nA faster parser.\n\n## Done\n\n- views instead of copies' })],
    }),
    messageOf({
      id: 'msg_second',
      role: 'user',
      parts: [
        partOf('text', { text: 'And the benchmark?' }),
        partOf('subtask', { agent: 'general', description: 'write a benchmark', prompt: 'Write a benchmark for the parser.' }),
      ],
    }),
    messageOf({ id: 'msg_failed', error: { name: 'APIError', message: 'rate limit reached' }, parts: [] }),
    messageOf({
      id: 'msg_stopped',
      interrupted: true,
      reverted: true,
      parts: [partOf('text', { text: 'I was about to' }), partOf('step', { phase: 'start' })],
    }),
    messageOf({ id: 'msg_new', parts: [partOf('unknown', { raw: { type: 'hologram', depth: 3 } })] }),
  ]
  const timed = messages.map((message, index) => {
    const { created, completed } = message.time
    const later = (ms: number | null) => (ms === null ? null : ms + index * 60_000)
    return { ...message, time: { created: later(created), completed: later(completed) } }
  })
  return pageOf(timed, {}, [child])
}
