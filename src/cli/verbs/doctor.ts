import { common } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  check: on('exit with 1 when there is a finding'),
  ...common(),
}

export type DoctorFlags = Given<typeof flags>

export const doctor = verb({
  name: 'doctor',
  about: 'what takes room, what is not as it should be, and what cures it; changes nothing',
  flags,
  examples: [
    ['ocvault doctor', 'my disk is full, my sessions are gone: what is the matter?'],
    ['ocvault doctor --check --json', 'for a script'],
  ],
})
