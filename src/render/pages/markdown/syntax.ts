/** Markdown for text that is not Markdown. */

const longestRun = (text: string, mark: RegExp) => Math.max(0, ...[...new Set(text.match(mark) ?? [])].map((run) => run.length))

/** A fence that nothing inside it can close. */
export function fence(text: string, language: string): string {
  const marks = '`'.repeat(Math.max(3, longestRun(text, /`{3,}/g) + 1))
  return `${marks}${language.replace(/[^\w+#.-]/g, '')}\n${text}\n${marks}`
}

/** One line as code. */
export function codeSpan(line: string): string {
  if (line === '') return ''
  const marks = '`'.repeat(longestRun(line, /`+/g) + 1)
  const space = line.startsWith('`') || line.endsWith('`') || (line.startsWith(' ') && line.endsWith(' ')) ? ' ' : ''
  return `${marks}${space}${line}${space}${marks}`
}

/** One line as the words that it is: no emphasis, no link, no HTML, no list. */
export function plainText(line: string): string {
  return line
    .replace(/[\\`*[\]<>~|]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/&(?=#?[A-Za-z0-9]+;)/g, '\\&')
    .replace(/^(?:[#+=-]|\d+[.)](?=\s|$))/, (mark) => `${mark.slice(0, -1)}\\${mark.at(-1)}`)
}
