/** What is marked in the conversation, by its name in the style sheet. */
const name = 'sought'

/**
 * Marks texts in a message, unfolds what hides the first of them, and gives where that is; null where none is drawn.
 * @param texts in any case
 */
export function highlight(section: Element, texts: readonly string[]): Range | null {
  const ranges = texts.filter(Boolean).flatMap((text) => rangesOf(section, text.toLowerCase()))
  CSS.highlights?.set(name, new Highlight(...ranges))
  const shown = ranges.find(({ startContainer }) => !startContainer.parentElement?.closest('details:not([open])'))
  const first = shown ?? ranges[0]
  for (let at = first?.startContainer.parentElement; at && at !== section; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true
  }
  return first ?? null
}

export function clearHighlight(): void {
  CSS.highlights?.delete(name)
}

/** Where a text stands, also where colours cut it into pieces. */
function rangesOf(section: Element, text: string): Range[] {
  const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT)
  const nodes: { readonly node: Node; readonly from: number }[] = []
  let whole = ''
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node, from: whole.length })
    whole += node.textContent
  }
  const lower = whole.toLowerCase()
  // A letter that is longer in lower case would put all that follows it in the wrong place.
  if (lower.length !== whole.length) return []
  const place = (at: number) => {
    const { node, from } = nodes.findLast((each) => each.from <= at)!
    return [node, at - from] as const
  }
  const found: Range[] = []
  for (let at = lower.indexOf(text); at >= 0 && found.length < 500; at = lower.indexOf(text, at + text.length)) {
    const range = document.createRange()
    range.setStart(...place(at))
    const [node, last] = place(at + text.length - 1)
    range.setEnd(node, last + 1)
    found.push(range)
  }
  return found
}
