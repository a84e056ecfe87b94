import { join } from 'node:path'
import { defineConfig, type UserConfig } from 'tsdown'

/** What browsers run, for `serve`. Loaded once, so everything is in one file. */
const web: UserConfig = {
  name: 'web',
  entry: { app: 'src/web/app.tsx', door: 'src/web/door.ts' },
  outDir: 'dist/web',
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  minify: true,
  dts: false,
  deps: { onlyBundle: ['d3-path', 'd3-shape', 'preact'] },
  outExtensions: () => ({ js: '.js' }),
  copy: ['src/web/app.css', 'src/web/icon.svg'].map((from) => ({ from, to: 'dist/web' })),
  clean: true,
}

/** What OpenCode loads into its own process: in one file, because Bun, in which that runs, has not all that the others import. */
const plugin: UserConfig = {
  name: 'plugin',
  entry: { opencode: 'src/plugin/opencode.ts' },
  outDir: 'dist/plugin',
  format: 'esm',
  platform: 'node',
  target: 'node22.16',
  dts: false,
  deps: { onlyBundle: ['@valibot/to-json-schema', 'valibot', 'zod'] },
  outExtensions: () => ({ js: '.js' }),
  clean: true,
}

/** What the command line needs before it knows the command, and what `mcp` needs besides before it answers. */
const start =
  /[\\/]src[\\/](?:base[\\/](?:errors|json|low-memory|own-data|unfinished)|cli[\\/](?:exit-code|flags)|stats[\\/]key-names)\.ts$/

/** Run-time libraries are devDependencies and end up inside dist/, so that users install one package and nothing else. */
const program: UserConfig = {
  name: 'program',
  entry: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    'search-worker': 'src/search/threads/worker.ts',
    'serve-worker': 'src/serve/desk-worker.ts',
    'serve-undelete': 'src/serve/undelete/process.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.16',
  dts: { entry: ['src/index.ts'] },
  alias: {
    '@modelcontextprotocol/server/_shims': join(import.meta.dirname, 'src/mcp/shims.ts'),
    'zod/v4': join(import.meta.dirname, 'src/mcp/deferred-zod.ts'),
    // Its main file asks for others at run time, which no bundle has.
    'jsonc-parser': join(import.meta.dirname, 'node_modules/jsonc-parser/lib/esm/main.js'),
  },
  deps: {
    onlyBundle: [
      '@clack/core',
      '@clack/prompts',
      '@modelcontextprotocol/core',
      '@modelcontextprotocol/server',
      '@hono/node-server',
      '@noble/ciphers',
      '@noble/curves',
      '@noble/hashes',
      '@noble/post-quantum',
      '@scure/base',
      '@valibot/to-json-schema',
      'age-encryption',
      'commander',
      'd3-array',
      'd3-color',
      'd3-format',
      'd3-interpolate',
      'd3-scale',
      'd3-time',
      'd3-time-format',
      'entities',
      'fast-string-truncated-width',
      'fast-string-width',
      'fast-wrap-ansi',
      'highlight.js',
      'hono',
      'internmap',
      'jsonc-parser',
      'linkify-it',
      'markdown-it',
      'marked',
      'mdurl',
      'pend',
      'punycode.js',
      're2js',
      'sisteransi',
      'uc.micro',
      'valibot',
      'yauzl',
      'zod',
    ],
  },
  outputOptions: {
    // Each file that a start opens costs it a third of a millisecond: what every command needs of the stores is one file, and
    // what a search needs another. Declarations are as they are.
    codeSplitting: {
      groups: [
        { name: 'start', test: start, priority: 4 },
        {
          name: 'base',
          test: /[\\/]src[\\/]base[\\/](?!git|gathered|low-memory|block|accepted|holders|output).*(?<!\.d)\.ts$/,
          priority: 3,
        },
        { name: 'stores', test: /[\\/]src[\\/](?:stores|sqlite|opencode)[\\/].*(?<!\.d)\.ts$/, priority: 2 },
        { name: 'conversation', test: /[\\/]src[\\/]conversation[\\/].*(?<!\.d)\.ts$/, priority: 1 },
        { name: 'search', test: /[\\/]src[\\/]search[\\/](?!threads).*(?<!\.d)\.ts$/ },
      ],
    },
  },
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: true,
}

export default defineConfig([program, plugin, web])
