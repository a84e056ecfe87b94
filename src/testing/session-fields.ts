/** A session in the shape of 1.x that says one text in one place, for each place that a session has. */
type Document = { readonly info: object; readonly messages: readonly object[] }

const ids = {
  sessionID: 'ses_e0357cce0ffeUnBn2XDzjHbHqK',
  messageID: 'msg_1fca8331f001qTfLZbL1ZHsOlg',
  id: 'prt_1fca8331f002c1Vbn4ZJxAgvtM',
}
const time = { created: 1_785_000_000_000, updated: 1_785_000_001_000 }
const base = {
  id: ids.sessionID,
  slug: 'calm-wolf',
  projectID: '4b0ea68d7af9a6031a7ffda7ad66e0cb83315750',
  version: '1.18.33',
  time,
}

const withInfo = (info: object): Document => ({ info: { ...base, ...info }, messages: [] })
const withMessage = (info: object, ...parts: object[]): Document => ({
  info: { ...base, title: 'A session' },
  messages: [{ info: { id: ids.messageID, sessionID: ids.sessionID, role: 'assistant', time, ...info }, parts }],
})
const withPart = (part: object) => withMessage({}, { ...ids, ...part })
const withTool = (state: object) => withPart({ type: 'tool', tool: 'bash', callID: 'call_00_kQ1Zxq9mB3', state })

export const fields: Readonly<Record<string, (text: string) => Document>> = {
  title: (text) => withInfo({ title: text }),
  directory: (text) => withInfo({ title: 'x', directory: `/home/joe/${text}` }),
  'share url': (text) => withInfo({ share: { url: text } }),
  'summary diff': (text) => withInfo({ summary: { diffs: [{ file: 'a.env', before: '', after: text }] } }),
  prompt: (text) => withMessage({ role: 'user' }, { ...ids, type: 'text', text }),
  'system prompt': (text) => withMessage({ role: 'user', system: text }),
  reasoning: (text) => withPart({ type: 'reasoning', text, time }),
  'tool input': (text) =>
    withTool({ status: 'completed', input: { command: text }, output: 'ok', title: 'Runs it', metadata: {} }),
  'tool input, deep': (text) => withTool({ status: 'completed', input: { edits: [{ old: 'a', new: [text] }] }, output: '' }),
  'tool output': (text) => withTool({ status: 'completed', input: { command: 'env' }, output: `first line\n${text}\nlast line` }),
  'tool error': (text) => withTool({ status: 'error', input: {}, error: text }),
  'tool title': (text) => withTool({ status: 'completed', input: {}, output: '', title: text }),
  'tool metadata': (text) =>
    withTool({ status: 'completed', input: {}, output: '', metadata: { preview: text, truncated: false } }),
  'a key': (text) => withTool({ status: 'completed', input: { [text]: true }, output: '' }),
  'provider error': (text) => withMessage({ error: { name: 'APIError', data: { message: 'no', responseBody: text } } }),
  retry: (text) => withPart({ type: 'retry', attempt: 1, error: { name: 'APIError', data: { message: text } } }),
  'attached text': (text) =>
    withPart({ type: 'file', mime: 'text/plain', url: `data:text/plain;base64,${Buffer.from(text).toString('base64')}` }),
  'attached text, escaped': (text) =>
    withPart({ type: 'file', mime: 'text/plain', url: `data:text/plain,${encodeURIComponent(text)}` }),
  'attached source': (text) =>
    withPart({ type: 'file', source: { type: 'file', path: 'a', text: { value: text, start: 0, end: 9 } } }),
  'file name': (text) => withPart({ type: 'file', filename: text, url: 'file:///a' }),
  patch: (text) => withPart({ type: 'patch', hash: '4b0ea68d7af9a6031a7ffda7ad66e0cb83315750', files: [text] }),
  subtask: (text) => withPart({ type: 'subtask', prompt: text, description: 'Looks', agent: 'general' }),
}
