/**
 * The look of a conversation, light or dark as the reader has it: what every page has that shows messages.
 */
export const readingStyles = `
:root {
  --page: #fdfdfc; --ink: #1d1f23; --soft: #50565f; --faint: #616771; --line: #e3e4e1; --tint: #f4f4f1; --prompt: #eef3fb;
  --accent: #2558b8; --bad: #b3261e; --bad-tint: #fcf0ee; --warn: #8a5a00; --warn-tint: #fbf3e0;
  --red: #b42318; --green: #1a7f37; --blue: #0b57a8; --violet: #7a3ea8; --orange: #9a5300; --comment: #6b7280; --add: #e7f6ea; --del: #fdecea;
  --mono: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  color-scheme: light dark;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #16181c; --ink: #e4e6ea; --soft: #a6adb8; --faint: #969da9; --line: #2d3138; --tint: #1e2126; --prompt: #1d2838;
    --accent: #8ab4f8; --bad: #ff9a8f; --bad-tint: #331d1c; --warn: #e8bf6a; --warn-tint: #30291a;
    --red: #ff9a8f; --green: #7fd18f; --blue: #86b9f5; --violet: #cda5f0; --orange: #f0b57a; --comment: #8b93a0; --add: #16301d; --del: #3a1e1d;
  }
}
* { box-sizing: border-box; }
html { font: 16px/1.6 var(--text); color: var(--ink); background: var(--page); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }

article > header { padding: 3rem 0 1.2rem; border-bottom: 1px solid var(--line); }
.kind { margin: 0; font-size: .75rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); }
h1, header h2 { margin: .2rem 0 .9rem; font-size: 1.9rem; line-height: 1.2; font-weight: 680; letter-spacing: -.015em; text-wrap: balance; }
header h2 { font-size: 1.4rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: .1rem 2rem; margin: 0; font-size: .85rem; }
dl div { display: flex; gap: .6rem; min-width: 0; }
dt { flex: none; width: 6rem; color: var(--faint); }
dd { margin: 0; min-width: 0; color: var(--soft); unicode-bidi: isolate; font-variant-numeric: tabular-nums; }
.subagent { margin-top: 4rem; padding-left: 1.25rem; border-left: 3px solid var(--line); }
.subagent > header { padding-top: 0; }

.message { padding-top: 1.6rem; }
.late { content-visibility: auto; contain-intrinsic-size: auto 12rem; }
.message.same { padding-top: .5rem; }
.message > h2 { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .6rem; margin: 0 0 .35rem; font-size: .8rem; font-weight: 400; color: var(--faint); }
.message.same > h2 { display: none; }
.message.same:target > h2 { display: flex; }
.message > h2 .who { font-size: .95rem; font-weight: 650; color: var(--ink); }
.when { margin-left: auto; color: inherit; text-decoration: none; font-variant-numeric: tabular-nums; }
.when:hover { color: var(--accent); text-decoration: underline; }
.label { padding: 0 .45rem; border-radius: 1rem; font-size: .72rem; line-height: 1.5; font-weight: 600; color: var(--warn); background: var(--warn-tint); }
.prompt { margin-top: 2rem; padding: .8rem 1.1rem 1rem; border-radius: .8rem; background: var(--prompt); }
.prompt > h2 .who { color: var(--accent); }
.prompt + .prompt { margin-top: 1rem; }
.notice { padding-top: .8rem; }
.reverted { outline: 1px dashed var(--faint); outline-offset: .35rem; border-radius: .5rem; }
.message:target { box-shadow: 0 0 0 2px var(--accent); border-radius: .8rem; }
.message:target:not(.prompt) { padding: .8rem 1rem 1rem; margin: 1rem -1rem; }

.as-is { white-space: pre-wrap; margin: .4rem 0; }
.typed > :first-child, .rich > :first-child, .inside > :first-child { margin-top: 0; }
.typed > :last-child, .rich > :last-child, .inside > :last-child { margin-bottom: 0; }
.rich { margin: .5rem 0; }
.rich p, .rich ul, .rich ol, .rich blockquote { margin: .7rem 0; }
.rich li { margin: .2rem 0; }
.rich li > p, .rich li > ul, .rich li > ol { margin: .2rem 0; }
.rich ul, .rich ol { padding-left: 1.6rem; }
.rich h3, .rich h4, .rich h5, .rich h6 { margin: 1.5rem 0 .4rem; line-height: 1.3; font-weight: 650; font-size: 1rem; }
.rich h3 { font-size: 1.25rem; }
.rich h4 { font-size: 1.1rem; }
blockquote { padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); margin-inline: 0; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5rem 0; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .9rem; overflow-wrap: normal; }
th, td { padding: .35rem .8rem; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { font-weight: 600; border-bottom-color: var(--faint); }
.right { text-align: right; }
.center { text-align: center; }

code, pre { font-family: var(--mono); font-size: .86em; }
code { padding: .1em .3em; border-radius: .3em; background: var(--tint); }
.prompt code { background: color-mix(in srgb, var(--ink) 7%, transparent); }
pre { margin: .6rem 0; padding: .7rem .9rem; max-height: 32rem; overflow: auto; border-radius: .5rem; background: var(--tint); line-height: 1.5; font-size: .8125rem; tab-size: 4; overflow-wrap: normal; }
pre code, .prompt pre code { padding: 0; background: none; font-size: inherit; }
.prompt pre { background: color-mix(in srgb, var(--page) 65%, transparent); }

.fold { margin: .35rem 0; border: 1px solid var(--line); border-radius: .5rem; font-size: .875rem; }
.prompt .fold { border-color: color-mix(in srgb, var(--ink) 14%, transparent); }
summary { display: flex; align-items: baseline; gap: .6rem; padding: .3rem .7rem; cursor: pointer; list-style: none; color: var(--soft); border-radius: .5rem; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; flex: none; width: .38rem; height: .38rem; border: solid var(--faint); border-width: 0 1.5px 1.5px 0; transform: translateY(-.12rem) rotate(-45deg); }
[open] > summary::before { transform: translateY(-.18rem) rotate(45deg); }
summary:hover { background: var(--tint); }
summary b { flex: none; font-weight: 600; color: var(--ink); }
summary .what { flex: 1 1 auto; min-width: 0; padding: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; background: none; }
summary .outcome { flex: none; max-width: 45%; font-size: .8rem; color: var(--faint); font-variant-numeric: tabular-nums; }
.tool.failed { border-color: color-mix(in srgb, var(--bad) 45%, var(--line)); }
.tool.failed > summary b, .tool.failed > summary .outcome { color: var(--bad); }
.inside { padding: .5rem .9rem .9rem; border-top: 1px solid var(--line); }
.inside dl { grid-template-columns: 1fr; gap: .25rem; }
.inside dt { width: auto; min-width: 6rem; }
.name { margin: .8rem 0 .2rem; font-size: .8rem; color: var(--faint); }
.name + pre { margin-top: 0; }
.reasoning { border-color: transparent; margin-left: -.7rem; }
.reasoning > summary { display: inline-flex; }
.reasoning > summary b { font-weight: 500; color: var(--soft); }
.reasoning .inside { margin-left: .85rem; border-top: 0; border-left: 2px solid var(--line); margin-bottom: .9rem; padding: .1rem 1rem; color: var(--soft); }
.shell { margin: .4rem 0; }
.shell pre { margin: 0; border-radius: 0; }
.shell pre:first-child { border-radius: .5rem .5rem 0 0; font-weight: 600; }
.shell pre:first-child:not(:last-of-type) { padding-bottom: 0; }
.shell pre:last-of-type { border-radius: 0 0 .5rem .5rem; }
.shell pre:first-child:last-of-type { border-radius: .5rem; }
.failure { margin: .5rem 0; padding: .5rem .9rem; border-radius: .5rem; color: var(--bad); background: var(--bad-tint); font-size: .9rem; }
.retry { color: var(--warn); background: var(--warn-tint); }
.note, .cut { margin: .4rem 0; font-size: .85rem; color: var(--soft); }
.cut { text-align: center; color: var(--warn); }
.step { margin: .3rem 0 0; font-size: .72rem; color: var(--faint); font-variant-numeric: tabular-nums; }
.divider { display: flex; align-items: center; gap: 1rem; margin: 1rem 0; font-size: .85rem; color: var(--soft); }
.divider::before, .divider::after { content: ""; flex: 1; border-top: 1px dashed var(--faint); }
.files { margin: 0; padding-left: 1.2rem; }
.file, figcaption { margin: .4rem 0; font-size: .85rem; color: var(--soft); }
.file::before { content: "+ "; color: var(--faint); }
.file span, figcaption span { color: var(--faint); }
figure { margin: .7rem 0; }
img { display: block; max-width: 100%; max-height: 36rem; height: auto; border: 1px solid var(--line); border-radius: .5rem; background: repeating-conic-gradient(#8882 0 25%, transparent 0 50%) 0 0 / 16px 16px; }

.hljs-comment, .hljs-quote { color: var(--comment); font-style: italic; }
.hljs-keyword, .hljs-selector-tag, .hljs-doctag, .hljs-meta .hljs-keyword { color: var(--violet); }
.hljs-string, .hljs-regexp, .hljs-char, .hljs-selector-attr, .hljs-selector-pseudo { color: var(--green); }
.hljs-number, .hljs-literal, .hljs-symbol, .hljs-bullet, .hljs-link { color: var(--orange); }
.hljs-title, .hljs-section, .hljs-name, .hljs-selector-id { color: var(--blue); }
.hljs-built_in, .hljs-type, .hljs-attr, .hljs-attribute, .hljs-variable, .hljs-template-variable, .hljs-selector-class, .hljs-property { color: var(--red); }
.hljs-meta { color: var(--comment); }
.hljs-emphasis { font-style: italic; }
.hljs-strong { font-weight: 600; }
.hljs-addition { color: var(--green); background: var(--add); }
.hljs-deletion { color: var(--red); background: var(--del); }

@media (max-width: 40rem) {
  html { font-size: 15.5px; }
  h1 { font-size: 1.5rem; }
  article > header { padding-top: 1.6rem; }
  summary .outcome { display: none; }
  .tool.failed > summary .outcome { display: inline; }
  .subagent { padding-left: .8rem; }
}
`

/** One column to read, and a table of prompts beside it where there is room. */
const layout = `
body { margin: 0; display: grid; grid-template: "skip" auto "main" auto "nav" auto "footer" auto / minmax(0, 1fr); padding: 0 1rem; overflow-wrap: anywhere; }
main { grid-area: main; width: 100%; max-width: 50rem; margin: 0 auto; }
nav { grid-area: nav; width: 100%; max-width: 50rem; overflow: auto; scrollbar-width: thin; margin: 3rem auto 0; padding-top: 1rem; border-top: 1px solid var(--line); }
footer { grid-area: footer; max-width: 50rem; width: 100%; margin: 3rem auto 2rem; font-size: .8rem; color: var(--faint); }
.skip { grid-area: skip; width: 100%; max-width: 50rem; margin: 1rem auto -1rem; font-size: .85rem; }
@media (min-width: 78rem) {
  body { grid-template: "nav main" auto "nav footer" 1fr / 17rem minmax(0, 1fr); column-gap: 3rem; padding: 0 2rem; }
  nav { position: sticky; top: 0; align-self: start; max-height: 100vh; margin: 0; padding: 3.2rem 0 2rem; border: 0; }
  .skip:not(:focus) { position: absolute; left: -99rem; }
}

nav h2 { margin: 0 0 .4rem; font-size: .75rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); }
nav ol { list-style: none; margin: 0; padding: 0; font-size: .875rem; line-height: 1.35; }
nav a { display: block; padding: .28rem .6rem; border-left: 2px solid var(--line); color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); border-left-color: var(--accent); }
nav .session a { margin-top: .4rem; font-weight: 600; border-left-style: dotted; }

@page { margin: 16mm 15mm; }
@media print {
  :root { --page: #fff; --ink: #000; --soft: #444; --faint: #666; --line: #ccc; --tint: #f6f6f6; --prompt: #f1f4f9; --accent: #1a4a9c; color-scheme: light; }
  html { font-size: 10pt; }
  body { display: block; padding: 0; }
  main { max-width: none; }
  nav, .skip { display: none; }
  .late { content-visibility: visible; }
  .message > h2, .name, summary { break-after: avoid; }
  .prompt { border: 1px solid var(--line); }
  pre { max-height: none; border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
  figure, tr { break-inside: avoid; }
  article > header { padding-top: 0; }
  .subagent { break-before: page; }
}
`

/** The style sheet of a page that is a file of its own. */
export const stylesheet = `${readingStyles}${layout}`
