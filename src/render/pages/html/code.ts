import hljs from 'highlight.js/lib/common'
import dart from 'highlight.js/lib/languages/dart'
import dockerfile from 'highlight.js/lib/languages/dockerfile'
import elixir from 'highlight.js/lib/languages/elixir'
import haskell from 'highlight.js/lib/languages/haskell'
import nix from 'highlight.js/lib/languages/nix'
import powershell from 'highlight.js/lib/languages/powershell'
import protobuf from 'highlight.js/lib/languages/protobuf'
import scala from 'highlight.js/lib/languages/scala'
import { safeText } from '../../safe-text.ts'
import { fileSize } from '../../words.ts'
import { bounded } from './bounded.ts'
import { escapeHTML } from './escape.ts'

for (const [name, grammar] of Object.entries({ dart, dockerfile, elixir, haskell, nix, powershell, protobuf, scala }))
  hljs.registerLanguage(name, grammar)

/** File endings and fence words that highlight.js has no alias for. */
const aliases = new Map([
  ['mts', 'ts'],
  ['cts', 'ts'],
  ['console', 'shell'],
  ['shellsession', 'shell'],
  ['vue', 'xml'],
  ['svelte', 'xml'],
])

/** Longer code is shown in one colour, and not before so many ms. */
const longestColoured = 100_000
const patience = 500

/** A block beyond this many characters is cut: a page is for reading, and a phone has to hold it. */
const longestShown = 200_000
const beginShown = 150_000

/** Code or output as a block: coloured where the language is known, cut where nobody would read on. */
export function codeBlock(text: string, language: string): string {
  const code = withoutLastLines(safeText(text).toWellFormed())
  if (code.length > longestShown) return cutBlock(code)
  const name = aliases.get(language) ?? language
  const known = code.length <= longestColoured && hljs.getLanguage(name) !== undefined
  return `<pre${name === 'diff' ? ' class="diff"' : ''}><code>${known ? coloured(code, name) : escapeHTML(code)}</code></pre>\n`
}

/** Without the empty lines at its end. (An expression for that takes the square of the empty lines in the middle.) */
function withoutLastLines(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}

function coloured(code: string, language: string): string {
  return bounded(code, patience, () => hljs.highlight(code, { language, ignoreIllegals: true }).value) ?? escapeHTML(code)
}

function cutBlock(code: string): string {
  const begin = code.slice(0, beginShown)
  const end = code.slice(beginShown - longestShown)
  const left = fileSize(code.length - begin.length - end.length)
  const note = `<p class="cut">${left} of text are left out here. Exports in the other formats have all of it.</p>`
  return `<pre><code>${escapeHTML(begin)}</code></pre>\n${note}\n<pre><code>${escapeHTML(end)}</code></pre>\n`
}
