/** C0 but tab and line feed, DEL, C1, and the marks that reverse the direction of text. */
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g

const controlled = new RegExp(controls.source)

/**
 * What a terminal takes for a command: CSI sequences, strings (OSC, DCS, …) that are ended, and escapes of a few characters. No
 * part of it can run over the beginning of another, so the time is linear; that of `stripVTControlCharacters` grows with the
 * square, minutes for a megabyte.
 */
const sequences =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\n\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g

/**
 * Text from a store, fit for a terminal: without escape sequences and control characters, line ends as line feeds. The one
 * function that untrusted text passes on its way to a person's screen.
 */
export function safeText(text: string): string {
  if (!controlled.test(text)) return text
  return text.replace(sequences, '').replace(/\r\n?/g, '\n').replace(controls, '')
}

/** The same on one line, for titles and table cells. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\s+/g, ' ').trim()
}

/**
 * JSON that a terminal can show: what `JSON.stringify` leaves of control and direction characters is escaped. The value is the
 * same, but where it is nested too deep to be printed at all: there a text stands for the rest.
 */
export function safeJSON(value: unknown, indent = 0): string {
  return escapedJSON(jsonText(value, indent))
}

/** JSON, or a piece of it, with the control and direction characters in its texts escaped. */
export function escapedJSON(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const deepest = 200

/**
 * JSON, also of a value that is nested too deep to be printed: there a text stands for the rest.
 * @param onCut is told of it
 */
export function jsonText(value: unknown, indent: number, onCut?: () => void): string {
  try {
    return JSON.stringify(value, null, indent)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    onCut?.()
    return JSON.stringify(pruned(value, deepest), null, indent)
  }
}

function pruned(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return `(more than ${deepest} levels deep)`
  if (Array.isArray(value)) return value.map((item) => pruned(item, levels - 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pruned(item, levels - 1)]))
}
