import { defineConfig } from 'vitest/config'

/** `npm run test:long` is the mode `long`, where src/testing/thorough.ts leaves nothing out. */
export default defineConfig(({ mode }) => ({
  test: {
    include: ['src/**/*.test.ts', 'e2e/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts'],
    env: { OCVAULT_TESTS: mode },
    // No verdict is about speed: what hangs ends here, and a slow machine has the time that it needs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
}))
