import { answered, piece, sessionPath } from './ask.ts'
import { sideBySide } from './side-by-side.ts'

/** Adds what only a script can do to what the server drew: copying, diffs side by side, subagents in place. */
export function decorate(root: ParentNode): void {
  for (const block of root.querySelectorAll('pre:not([data-done])')) {
    block.setAttribute('data-done', '')
    // What can be scrolled must be reached by keyboard.
    if (block.scrollWidth > block.clientWidth || block.scrollHeight > block.clientHeight) block.setAttribute('tabindex', '0')
    const box = document.createElement('div')
    box.className = 'block'
    block.replaceWith(box)
    box.append(block, bar(block))
  }
  for (const tools of root.querySelectorAll('.tools:not([data-done])')) {
    tools.setAttribute('data-done', '')
    const id = tools.closest('article')?.getAttribute('data-session')
    if (!id) continue
    tools.prepend(button('Copy as Markdown', (self) => void copy(self, () => markdownOf(id))))
    // Where there is no room beside the conversation they open over it.
    const prompts = button('Prompts', () => document.body.classList.toggle('railed'))
    prompts.classList.add('prompts')
    tools.append(prompts)
  }
  for (const link of root.querySelectorAll<HTMLAnchorElement>('a.child:not([data-done])')) {
    link.setAttribute('data-done', '')
    link.after(
      ' ',
      button('open here', (self) => void unfold(link, self)),
    )
  }
}

function button(words: string, act: (self: HTMLButtonElement) => void): HTMLButtonElement {
  const self = document.createElement('button')
  self.type = 'button'
  self.className = 'small'
  self.textContent = words
  self.addEventListener('click', () => act(self))
  return self
}

/** Puts a text where it can be pasted, and says so for a moment. */
async function copy(self: HTMLButtonElement, text: () => Promise<string>): Promise<void> {
  const words = self.textContent
  try {
    await navigator.clipboard.writeText(await text())
    self.textContent = 'copied'
  } catch {
    self.textContent = 'not copied'
  }
  setTimeout(() => {
    self.textContent = words
  }, 1500)
}

const markdownOf = async (id: string) => (await answered(`${sessionPath(id)}/markdown`)).text()

function bar(block: Element): HTMLElement {
  const holder = document.createElement('div')
  holder.className = 'bar'
  if (block.classList.contains('diff')) {
    let other: Element | null = null
    holder.append(
      button('side by side', (self) => {
        const isSide = other?.isConnected ?? false
        other ??= sideBySide(block.textContent)
        if (isSide) other.replaceWith(block)
        else block.replaceWith(other)
        self.textContent = isSide ? 'side by side' : 'unified'
      }),
    )
  }
  holder.append(button('copy', (self) => void copy(self, async () => block.textContent)))
  return holder
}

/** Shows the session of a subagent below the call that started it, or takes it away again. */
async function unfold(link: HTMLAnchorElement, self: HTMLButtonElement): Promise<void> {
  const place = link.closest('p')!
  const there = place.nextElementSibling
  if (there?.classList.contains('subagent')) {
    there.remove()
    self.textContent = 'open here'
    return
  }
  const fetched = await piece(`${new URL(link.href).pathname}/view`)
  const box = document.createElement('div')
  box.className = 'subagent'
  box.append(fetched)
  decorate(box)
  place.after(box)
  self.textContent = 'close'
}
