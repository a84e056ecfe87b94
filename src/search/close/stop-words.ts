import { fold } from '../text/tokens.ts'

/**
 * Words that questions are made of and that say nothing of what is asked for, of ten languages, folded as tokens are. No list is
 * long: a word that it lacks weighs little anyway, because it is everywhere.
 */
const languages: Readonly<Record<string, string>> = {
  english: `a about after all also am an and any are as at be because been before being both but by can could d did do does doing don
    during each few for from had has have having he her here hers him his how i if in into is it its just ll m me more most my no
    nor not now of off on once only or other our ours out over own re s same she should so some such t than that the their theirs
    them then there these they this those through to too under until up ve very was we were what when where which while who whom
    why will with would you your yours`,
  german: `aber als am an auch auf aus bei bin bis das dass dem den der des die doch dort du ein eine einem einen einer eines er es
    fur hab habe haben hat hatte hatten ich ihm ihn ihr im in ist ja kann kein keine man mein meine mich mir mit nach nicht noch
    nun nur ob oder ohne sein seine sich sie sind so um und uns unser vom von vor war waren warum was welche welcher welches wem
    wen wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur`,
  french: `a ai ainsi au aux avait avec avons c ce ces cet cette comme comment d dans de des du elle elles en est et etait etaient
    eu fait il ils j je l la le les leur lui m ma mais me mes moi mon n ne nos notre nous on ont ou par pas plus pour pourquoi qu
    quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sur t ta te tu un une vos votre vous y`,
  spanish: `a al como con cual cuales cuando de del donde el ella ellas ellos en era eran es esa ese eso esta estaba estan este esto
    estos fue fueron ha habia han hay hemos he la las le les lo los me mi mis muy no nos o para pero por porque que quien se ser si
    sin sobre son su sus te tu tus un una unas uno unos y ya yo`,
  italian: `a ai al alla alle che chi ci come con cosa cui da dai dal dalla dei del della delle di dove e era erano essere gli ha
    hai hanno ho i il in io l la le lo loro ma mi mia mio ne nei nel nella noi non o per perche piu quale quali quando quello
    questa questo se si sono stata stato su sua sul sulla suo te ti tu un una uno voi`,
  portuguese: `a ao aos as com como da das de do dos e ela elas ele eles em era essa esse esta estava este eu foi foram ha isso isto
    ja la lhe mais mas me meu minha muito na nao nas no nos o onde os ou para pela pelo por porque qual quais quando que quem se
    sem ser seu sua sao tem tinha um uma voce`,
  dutch: `aan als bij dan dat de deze die dit door dus een en er had heb hebben heeft het hij hoe ik in is ja je kan maar me meer met
    mij mijn na naar niet nog nu of om ons onze ook op over te toen tot uit van voor waar waarom wanneer waren was wat we welke
    werd wie wij worden ze zei zich zij zijn zo`,
  russian: `а бы был была были было быть в вам вас вот все вы где да для до его ее если есть еще же за здесь и из или им их к как
    какая какие какой когда кто ли мне мы на над нам нас не него нее нет ни них но о об он она они от по под почему при с со так
    там то того тоже только тот ты у уже чего чем что чтобы эта эти это этот я`,
  swedish: `alla att av blev bli da de dem den denna det detta dig din du efter ej eller en er ett for fran ha hade han har hon hur i
    icke ingen inte jag kan man med men mig min mot mycket nar ni nu och om oss pa sa samma sedan sig sin ska skulle som till under
    upp ut vad var varfor vem vi vid vilka vilken`,
  chinese: `的 了 是 在 我 你 他 她 它 们 吗 呢 吧 啊 么 这 那 哪 怎 什 和 与 或 就 都 也 还 被 把 得 地 着`,
}

let made: ReadonlySet<string>[] | undefined

const lists = (): readonly ReadonlySet<string>[] => {
  made ??= Object.values(languages).map((words) => new Set(fold(words).trim().split(/\s+/)))
  return made
}

/**
 * Those words of a question that weigh nothing. A list counts as a whole: `die` is an article between German words, and a verb
 * between English ones. Where nothing else would be left, every word weighs.
 */
export function stopWordsIn(words: readonly string[]): ReadonlySet<string> {
  const of = lists().map((list) => words.filter((word) => list.has(word)))
  const most = Math.max(...of.map((found) => found.length))
  const found = new Set(of.filter((some) => some.length === most).flat())
  return words.every((word) => found.has(word)) ? new Set() : found
}
