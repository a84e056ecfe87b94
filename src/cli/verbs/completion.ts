import { common } from '../common-flags.ts'
import { oneOf, verb } from '../verb.ts'

const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export const completion = verb({
  name: 'completion',
  about: 'print what makes a shell complete commands, flags and their values',
  words: [oneOf('shell', shells, 'bash, zsh or fish')],
  flags: { color: common().color },
  examples: [
    ['ocvault completion bash > ~/.local/share/bash-completion/completions/ocvault', 'for bash'],
    ['ocvault completion zsh > ~/.zfunc/_ocvault', 'for zsh, with ~/.zfunc in fpath'],
    ['ocvault completion fish > ~/.config/fish/completions/ocvault.fish', 'for fish'],
  ],
})
