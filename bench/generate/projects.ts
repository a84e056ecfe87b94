import { createHash } from 'node:crypto'
import type { Project } from './model.ts'
import type { Random } from './random.ts'

const names =
  `parser api-server web-client billing search-index mobile-app design-system docs-site cli-tools data-pipeline auth-gateway
  notebook terraform-infra image-service chat-bot scheduler ledger game-engine compiler dotfiles crm-sync mail-relay metrics
  feature-flags video-encoder map-tiles recipe-book blog iot-hub firmware 翻訳 größenrechner monorepo sandbox queue-worker`.split(
    /\s+/,
  )
const scratch = ['notes', 'tmp/try', 'Downloads/data', 'scratch'].map((name) => `/home/dev/${name}`)

/** When the first project was opened. */
export const dayOne = Date.UTC(2025, 10, 20, 9)

/**
 * The projects of the store: git repositories with a remote, then `global` for everything outside of one.
 * The ids are those that 1.15 and later compute, so a repository with that remote finds its sessions.
 */
export function makeProjects(): Project[] {
  const repositories = names.map((name, i) => ({
    id: createHash('sha1').update(`git-remote:github.com/acme/${name}`).digest('hex'),
    worktree: `/home/dev/code/${name}`,
    vcs: 'git' as const,
    created: dayOne + i * 60_000,
    updated: dayOne + i * 86_400_000,
  }))
  return [...repositories, { id: 'global', worktree: '/', vcs: null, created: dayOne, updated: dayOne }]
}

/** The project of a root session: a few get most of them, a tenth goes to `global`. */
export function chooseProject(projects: readonly Project[], random: Random): Project {
  if (random.chance(0.1)) return projects.at(-1)!
  return projects[Math.floor((projects.length - 1) * random.float() ** 2.5)]!
}

/** Where in the project a session was started, with the path relative to the worktree that OpenCode stores beside it. */
export function choosePlace(project: Project, random: Random): { directory: string; path: string } {
  if (project.vcs === null) {
    const directory = random.pick(scratch)
    return { directory, path: directory.slice(1) }
  }
  const path = random.chance(0.12) ? random.pick(['packages/core', 'packages/ui', 'docs']) : ''
  return { directory: path ? `${project.worktree}/${path}` : project.worktree, path }
}
