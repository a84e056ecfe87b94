/** What filters of units ask about, of one session. */
export interface Attributes {
  readonly messages: (readonly [role: string, kind: string, agent: string, model: string])[]
  /** Of each unit: its message (-1 for the title), its tool, its weightiest field, and how long it is (`sizeOf`). */
  readonly units: (readonly [message: number, tool: string, field: number, size: number])[]
}

/** As JSON with each name once, and numbers for them: most messages of a session have the same role, agent and model. */
export function packAttributes({ messages, units }: Attributes): string {
  const names = new Map<string, number>()
  const number = (name: string) => {
    if (!names.has(name)) names.set(name, names.size)
    return names.get(name)!
  }
  const m = messages.map((values) => values.map(number))
  const u = units.map(([message, tool, field, size]) => [message, number(tool), field, size])
  return JSON.stringify({ n: [...names.keys()], m: m.flat(), u: u.flat() })
}

/** The reverse of {@link packAttributes}. */
export function unpackAttributes(json: string): Attributes {
  const { n = [], m = [], u = [] } = JSON.parse(json) as { n?: string[]; m?: number[]; u?: number[] }
  const messages: [string, string, string, string][] = []
  for (let at = 0; at < m.length; at += 4) messages.push([n[m[at]!]!, n[m[at + 1]!]!, n[m[at + 2]!]!, n[m[at + 3]!]!])
  const units: [number, string, number, number][] = []
  for (let at = 0; at < u.length; at += 4) units.push([u[at]!, n[u[at + 1]!]!, u[at + 2]!, u[at + 3]!])
  return { messages, units }
}
