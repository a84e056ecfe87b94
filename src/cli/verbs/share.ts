import { common } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { maybe, oneOf, verb } from '../verb.ts'

const flags = {
  ref: on('status of what save --ref saved'),
  trust: on('push: transcripts may go to the address that .opencode/ocvault.json names; asked once on a terminal'),
  ...common(),
}

export type ShareFlags = Given<typeof flags>

export const share = verb({
  name: 'share',
  about: 'how saved sessions stand to those here; push and pull refs/ocvault/sessions, or take a session out of it',
  words: [
    oneOf('what', ['status', 'push', 'pull', 'remove'], 'status, or an exchange of what --ref saved'),
    maybe('session', 'remove: an id, a file, or a part of a title'),
  ],
  flags,
  examples: [
    ['ocvault share status', 'what is new to load, and what to save again'],
    ['ocvault share remove ses_e0357cce', 'out of refs/ocvault/sessions, with the next push for everybody'],
    ['ocvault share push', 'to origin, or to share.remote of .opencode/ocvault.json'],
  ],
})
