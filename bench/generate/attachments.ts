import type { PartData } from './model.ts'
import type { Workshop } from './tools.ts'

/**
 * What follows the text of a prompt that has a file with it: a picture inside the message, or a file that OpenCode read for the
 * user.
 */
export function attachment({ random, root, text }: Workshop): PartData[] {
  if (random.chance(0.5)) {
    const data = random.base64(text.outputLength(random, 6000))
    return [{ type: 'file', mime: 'image/png', filename: 'screenshot.png', url: `data:image/png;base64,${data}` }]
  }
  const name = text.file(random)
  const path = `${root}/${name}`
  const called = `Called the Read tool with the following input: ${JSON.stringify({ filePath: path })}`
  const content = text.lines(random, 'code', text.outputLength(random, 1500)).join('\n')
  return [
    { type: 'text', synthetic: true, text: called },
    { type: 'text', synthetic: true, text: `<path>${path}</path>\n<content>\n${content}\n</content>` },
    { type: 'file', mime: 'text/plain', filename: name, url: `file://${path}` },
  ]
}
