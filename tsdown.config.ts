import { defineConfig } from 'tsdown'

/** Run-time libraries are devDependencies and end up inside dist/, so that users install one package and nothing else. */
export default defineConfig({
  entry: { main: 'src/cli/main.ts', index: 'src/index.ts', 'search-worker': 'src/search/worker.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22.16',
  dts: { entry: ['src/index.ts'] },
  deps: {
    onlyBundle: [
      '@clack/core',
      '@clack/prompts',
      '@secretlint/core',
      '@secretlint/profiler',
      '@secretlint/secretlint-rule-preset-recommend',
      'buffer-crc32',
      'commander',
      'entities',
      'fast-string-truncated-width',
      'fast-string-width',
      'fast-wrap-ansi',
      'highlight.js',
      'linkify-it',
      'markdown-it',
      'marked',
      'mdurl',
      'punycode.js',
      'sisteransi',
      'uc.micro',
      'yazl',
      'pend',
      'yauzl',
    ],
  },
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: true,
})
