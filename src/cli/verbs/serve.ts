import { common } from '../common-flags.ts'
import { count, type Given, on, text } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  port: count('<n>', 'where to listen; a free port if none is given'),
  open: on('open the page in the browser'),
  host: text('<address>', 'listen there instead of on this machine alone; needs --public-url and --token-file'),
  publicUrl: text('<url>', 'the address under which a reverse proxy shows the page'),
  tokenFile: text('<file>', 'its first line is the token that everybody comes with, instead of one for each browser'),
  readOnly: on('without actions: nothing can be exported'),
  ...common(),
}

export type ServeFlags = Given<typeof flags>

export const serve = verb({
  name: 'serve',
  about: 'all sessions in the browser: live, searchable, and for nobody else',
  flags,
  examples: [
    ['ocvault serve --open', 'look at everything on this machine'],
    ['ocvault serve --port 8080 --root /mnt/old-disk/home/me', 'the sessions of another disk'],
  ],
})
