import { render } from 'preact'
import { Find } from './find.tsx'
import { Help } from './help.tsx'
import { listenToKeys } from './keys.ts'
import { stayLive } from './live.ts'
import { Rail } from './rail.tsx'
import { adopt, goTo, read, view } from './reader.ts'
import { followLinks, place } from './router.ts'
import { Side } from './side.tsx'

/** Takes over the page that the server has drawn. */

const at = (id: string) => document.getElementById(id)!

function follow(): void {
  const now = place.now
  document.body.classList.toggle('reading', now.kind !== 'home')
  document.body.classList.remove('railed')
  if (now.kind === 'session') void read(now.id, now.messageID)
  else if (now.kind === 'undelete') void view(now.path, 'Deleted sessions')
  else if (now.kind !== 'home') void view(`/${now.kind}`, now.kind === 'stats' ? 'Stats' : 'Health')
}

// The token of somebody who is in already stands in the address for nobody.
if (/^#token=/.test(location.hash)) history.replaceState(null, '', location.pathname)

const drawn = at('side').querySelector('ol')?.innerHTML ?? ''
at('side').replaceChildren()
render(<Side drawn={drawn} />, at('side'))
render(<Rail />, at('rail'))
const overlay = document.body.appendChild(document.createElement('div'))
render(
  <>
    <Find />
    <Help />
  </>,
  overlay,
)
addEventListener('click', ({ target }) => {
  if (target instanceof Element && !target.closest('#rail, .prompts')) document.body.classList.remove('railed')
})
adopt()
followLinks()
listenToKeys()
place.follow(follow)
stayLive()
if (document.querySelector('#main > .patience')) follow()
if (place.now.kind === 'session' && place.now.messageID !== null) void goTo(place.now.messageID)
