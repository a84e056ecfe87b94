/** The public exit codes (README, "Exit codes"). */
export const exitCode = { done: 0, failed: 1, usage: 2, notFound: 3, refused: 4, incomplete: 5, interrupted: 130 } as const
