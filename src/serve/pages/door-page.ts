import { documentHead } from './document.ts'

interface Door {
  /** Whether there is one token that everybody types; otherwise each comes with an address. */
  readonly isShared: boolean
  readonly wasWrong: boolean
}

/** What a browser sees that has not come in yet: nothing of any session, not even that there is one. */
export function doorPage({ isShared, wasWrong }: Door): string {
  const said = wasWrong
    ? 'That did not open it. A token is good for one browser.'
    : isShared
      ? 'These sessions are private. The token opens them for this browser.'
      : 'These sessions are private. The address that was printed in the terminal opens them for one browser; another one is printed for the next.'
  return `${documentHead({ title: 'ocvault', scripts: ['door.js'] })}
<body class="door">
<main>
<h1>ocvault</h1>
<p role="status">${said}</p>
<form method="post" action="/enter">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" required>
<button>Open</button>
</form>
</main>
</body>
</html>
`
}
