import { defineConfig } from 'tsdown'

/** Run-time libraries are devDependencies and end up inside dist/, so that users install one package and nothing else. */
export default defineConfig({
  entry: { main: 'src/cli/main.ts', index: 'src/index.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22.16',
  dts: { entry: ['src/index.ts'] },
  deps: {
    onlyBundle: [
      'commander',
      'marked',
      'fast-string-truncated-width',
      'fast-string-width',
      'fast-wrap-ansi',
      'yazl',
      'buffer-crc32',
      'yauzl',
      'pend',
    ],
  },
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: true,
})
