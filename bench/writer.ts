import type { DatabaseSync } from 'node:sqlite'

/** As OpenCode adds a message of one part to a session. */
export function addMessage(db: DatabaseSync, session: string, number: number, now: number): void {
  const suffix = `${now.toString(36)}${number.toString(36).padStart(6, '0')}`.padEnd(20, '0')
  const message = `msg_zz${suffix}`
  const info = { role: 'user', time: { created: now }, agent: 'build' }
  const part = { type: 'text', text: `what about the wombat ${number}, which nobody has asked for` }
  db.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?)').run(message, session, now, now, JSON.stringify(info))
  db.prepare('INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)').run(
    `prt_zz${suffix}`,
    message,
    session,
    now,
    now,
    JSON.stringify(part),
  )
  db.prepare('UPDATE session SET time_updated = ? WHERE id = ?').run(now, session)
  const events = [
    ['message.updated.1', { sessionID: session, info: { id: message, ...info } }],
    ['message.part.updated.1', { sessionID: session, part: { id: `prt_zz${suffix}`, messageID: message, ...part } }],
    ['session.updated.1', { sessionID: session, info: { id: session } }],
  ] as const
  for (const [at, [type, data]] of events.entries()) {
    const next = db.prepare('UPDATE event_sequence SET seq = seq + 1 WHERE aggregate_id = ? RETURNING seq').get(session)!
    db.prepare('INSERT INTO event (id, aggregate_id, seq, type, data) VALUES (?, ?, ?, ?, ?)').run(
      `evt_zz${suffix}${at}`,
      session,
      next.seq!,
      type,
      JSON.stringify(data),
    )
  }
}

/** The session with the most messages. */
export const longestSession = (db: DatabaseSync): string =>
  String(db.prepare('SELECT session_id AS id FROM message GROUP BY 1 ORDER BY count(*) DESC LIMIT 1').get()!.id)

/** What OpenCode leaves of a tool's output, in characters. */
const outputChars = 50_000

/** Adds messages with a long output each, made of outputs of the store, until the parts of a session have so many MB. */
export function lengthen(db: DatabaseSync, session: string, megabytes: number): void {
  let size = Number(db.prepare('SELECT sum(length(data)) AS n FROM part WHERE session_id = ?').get(session)!.n)
  const { last } = db.prepare('SELECT max(time_created) AS last FROM message WHERE session_id = ?').get(session)!
  const outputs = outputsOf(db, outputChars)
  const addMessage = db.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?)')
  const addPart = db.prepare('INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)')
  db.exec('BEGIN')
  for (let number = 1; size < megabytes * 1e6; number++) {
    const time = Number(last) + number
    const suffix = `zy${time.toString(36)}`.padEnd(20, '0')
    const info = { role: 'assistant', agent: 'build', time: { created: time, completed: time } }
    const state = {
      status: 'completed',
      title: 'Print',
      input: { command: `cat print.${number}` },
      output: outputs[number % outputs.length]!,
      metadata: {},
      time: { start: time, end: time },
    }
    const part = JSON.stringify({ type: 'tool', tool: 'bash', callID: `call_${suffix}`, state })
    addMessage.run(`msg_${suffix}`, session, time, time, JSON.stringify(info))
    addPart.run(`prt_${suffix}`, `msg_${suffix}`, session, time, time, part)
    size += part.length
  }
  db.exec('COMMIT')
}

/** Outputs of tools, put together to texts of a length. */
function outputsOf(db: DatabaseSync, chars: number): string[] {
  const texts: string[] = []
  let text = ''
  const rows = db.prepare("SELECT data ->> '$.state.output' AS output FROM part WHERE data ->> '$.type' = 'tool' LIMIT 20000")
  for (const { output } of rows.iterate()) {
    text += `${output}\n`
    if (text.length < chars) continue
    texts.push(text.slice(0, chars))
    text = ''
  }
  return texts
}
