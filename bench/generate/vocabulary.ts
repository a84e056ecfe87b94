import type { Random } from './random.ts'

const english =
  `the to of and a in is it that for on with as be this we are not you was or an from by at can should will if there which have
  has but when then only all one so use used what its also into more no does after before each same now do would than other them
  they been first need run because any where here between both still get set add make new file test code error function value
  type data line read write change call build fix check return string object list key name path message session part store user
  server client request response query table index row column update delete create config option default module import export
  class method field parser token lexer node tree cache memory thread worker queue event handler stream buffer byte encode
  decode schema migration version release branch commit merge patch diff review deploy service container image network socket
  timeout retry lock transaction database record page button layout style theme render component state props hook route render
  login permission secret header body json yaml markdown script shell command process signal exit output input log trace debug
  warning failure success result expected actual assert mock fixture suite coverage benchmark latency throughput batch limit
  offset cursor filter sort order group count average total empty missing invalid unknown duplicate stale fresh local remote
  global public private static async sync lazy strict flaky slow fast small large broken clean safe simple complex careful
  exactly probably already instead without against during again however therefore maybe quickly directly separately together
  please look open close start stop keep move copy rename remove replace refactor extract inline wrap split join compare measure
  explain describe document install upgrade publish restore backup`.split(/\s+/)
const syllables =
  'ba con dor el fi gra hem in jor kel lum mo nar ox pra qui ron sel tra un ver wim xen yor zil tion ment ity ous er al'.split(
    ' ',
  )
const verbs =
  'get set parse load save read write find make build create update remove handle resolve render open close merge check'.split(
    ' ',
  )
const nouns =
  `Session Message Part Store Token Parser Config Project Tree Node Row Schema Path Buffer Stream Event Handler Query Index
  Cache Worker`.split(/\s+/)

/** Words of the other languages in which people write to their agent; the Chinese and Japanese ones stand without spaces. */
export const foreign = {
  zh: {
    words:
      `修复 测试 解析 数据 文件 消息 会话 部分 存储 错误 函数 类型 代码 查询 索引 更新 删除 创建 配置 模块 导入 导出 服务 请求 响应 缓存 内存 线程 队列 事件 处理 流程 版本 发布 分支 提交 合并 检查 结果 期望
      性能 我们 需要 可以 应该 这个 那个 因为 所以 然后 现在 已经 没有`.split(/\s+/),
    gap: '',
    stop: '。',
  },
  ja: {
    words:
      `テスト を 修正 する データ の 構造 が 変更 された ため ファイル に 書き込み 読み込み 失敗 します 解析 器 は 正しく 動作 しない メッセージ 一覧 検索 結果 型 エラー 設定 更新 必要 です まず 確認 して
      ください 次に 関数 名前 履歴`.split(/\s+/),
    gap: '',
    stop: '。',
  },
  ru: {
    words: `нужно исправить тест который падает при чтении файла потому что данные приходят раньше чем схема обновлена и функция
      возвращает пустой список сообщений проверь сначала конфигурацию затем запусти сборку ещё раз ошибка повторяется только
      на сервере`.split(/\s+/),
    gap: ' ',
    stop: '.',
  },
  de: {
    words:
      `bitte prüfe die Größe der Datei bevor du sie überschreibst denn der Schlüssel fehlt in einigen Zeilen und die Übersicht
      zeigt dann nur leere Einträge außerdem läuft der Zähler rückwärts wenn mehrere Prozesse gleichzeitig schreiben`.split(
        /\s+/,
      ),
    gap: ' ',
    stop: '.',
  },
} as const

export type Foreign = keyof typeof foreign

/**
 * English, code words and a long tail of made-up words, drawn by Zipf's law (the n-th word 1/n as often as the first),
 * so that a search index meets common, middling and rare words in the proportions that real text has.
 */
export class Vocabulary {
  readonly #words: readonly string[]
  readonly #slots: Uint16Array

  constructor(random: Random) {
    const words = new Set(english)
    while (words.size < 12_000) {
      words.add(random.chance(0.4) ? `${random.pick(verbs)}${random.pick(nouns)}${random.pick(nouns)}` : invented(random))
    }
    this.#words = [...words]
    this.#slots = zipfSlots(this.#words.length)
  }

  word(random: Random): string {
    return this.#words[this.#slots[random.below(this.#slots.length)]!]!
  }
}

/** An identifier as in source code. */
export function identifier(random: Random): string {
  return random.pick(verbs) + random.pick(nouns)
}

function invented(random: Random): string {
  let out = ''
  for (let i = random.between(2, 4); i > 0; i--) out += random.pick(syllables)
  return out
}

/** A table in which each rank fills as many slots as its share: a draw is then one look-up. */
function zipfSlots(size: number): Uint16Array {
  const slots = new Uint16Array(2 ** 18)
  let harmonic = 0
  for (let rank = 1; rank <= size; rank++) harmonic += 1 / rank
  let at = 0
  let sum = 0
  for (let rank = 1; rank <= size; rank++) {
    sum += 1 / rank
    const end = Math.round((sum / harmonic) * slots.length)
    slots.fill(rank - 1, at, end)
    at = end
  }
  return slots
}
