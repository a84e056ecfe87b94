import { escapeHTML } from '../../render/pages/html/escape.ts'

interface Head {
  readonly title: string
  /** Names of the scripts among the assets. */
  readonly scripts: readonly string[]
}

/** How every page begins. Style and scripts are files of their own: nothing stands in the page that runs. */
export function documentHead({ title, scripts }: Head): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHTML(title)}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/page.css">
<link rel="stylesheet" href="/assets/app.css">
${scripts.map((name) => `<script type="module" src="/assets/${name}"></script>`).join('\n')}
</head>`
}
