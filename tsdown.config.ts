import { defineConfig } from 'tsdown'

/** Run-time libraries are devDependencies and end up inside dist/, so that users install one package and nothing else. */
export default defineConfig({
  entry: ['src/cli/main.ts', 'src/index.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node22.16',
  dts: { entry: ['src/index.ts'] },
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: true,
})
