import { escapeHTML } from '../../render/pages/html/escape.ts'
import { documentHead } from './document.ts'

interface Shell {
  readonly title: string
  /** The list of sessions. */
  readonly side: string
  /** What is read. */
  readonly main: string
  /** Whether something is read: on a phone that, else the list. */
  readonly reading: boolean
}

/**
 * What takes long is fetched by the page once it is there; a browser without scripts follows the link.
 * @param path as it stands in an address
 */
export const patience = (path: string, words: string): string =>
  `<p class="note patience" role="status">${words}</p>\n<noscript><p><a href="${escapeHTML(path)}/view">Show it</a></p></noscript>\n`

/** A page: the list, and what is read beside it. Scripts make more of it, and it is read without. */
export function shellPage({ title, side, main, reading }: Shell): string {
  return `${documentHead({ title, scripts: ['app.js'] })}
<body class="app${reading ? ' reading' : ''}">
<a class="skip" href="#main">Skip the list</a>
<header id="bar"><a class="brand" href="/">ocvault</a></header>
<div id="side">
${side}</div>
<main id="main" tabindex="-1">
${main}</main>
<div id="rail"></div>
</body>
</html>
`
}
