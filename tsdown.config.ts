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
      '@noble/ciphers',
      '@noble/curves',
      '@noble/hashes',
      '@noble/post-quantum',
      '@scure/base',
      'age-encryption',
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
      'uc.micro',
      'valibot',
      'yazl',
      'pend',
      'yauzl',
    ],
  },
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: true,
})
