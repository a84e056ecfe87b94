/** The page before the door: takes the token out of the address, and goes in. */

const token = new URLSearchParams(location.hash.slice(1)).get('token')

async function enter(body: string): Promise<void> {
  const answer = await fetch('/enter', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: body }),
  })
  // What was in the address is not kept in the history either.
  if (answer.ok) location.replace('/')
  else history.replaceState(null, '', location.pathname)
  const status = document.querySelector('[role=status]')
  if (!answer.ok && status) status.textContent = 'That did not open it. A token is good for one browser.'
}

/** Who is in already may have come by a link from elsewhere: then the browser sends the cookie only when asked from here. */
async function again(): Promise<void> {
  const [arrival] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  if (arrival?.type === 'reload' || location.pathname === '/enter') return
  const answer = await fetch(location.pathname, { method: 'HEAD' })
  if (answer.ok) location.reload()
}

await (token === null ? again() : enter(token))
