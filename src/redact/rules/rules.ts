import { calls } from './calls.ts'
import { platforms } from './clouds.ts'
import { commands } from './commands.ts'
import { files } from './files.ts'
import { shapesIn } from './format.ts'
import { http } from './http.ts'
import { outputs } from './outputs.ts'
import { prose } from './prose.ts'
import type { Rule } from './rule.ts'
import { systems } from './systems.ts'
import { ai } from './vendors-ai.ts'
import { clouds } from './vendors-clouds.ts'
import { code } from './vendors-code.ts'
import { services } from './vendors-services.ts'

/** Tokens that tell by their own shape what they are, wherever they stand. */
export const tokenShapes = [ai, code, clouds, services].flatMap(shapesIn)

/** Secrets that tell by what stands around them. */
export const rules: readonly Rule[] = [...commands, ...systems, ...outputs, ...http, ...calls, ...files, ...platforms, ...prose]
