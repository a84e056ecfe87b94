/**
 * How near an answer is to what was typed. `exact`: every word stands there. `close`: every word, or another form of it, another
 * spelling of the name, or what was meant by a slip of the hand. `relevance`: some of the words, those that tell the most.
 */
export type Tier = 'exact' | 'close' | 'relevance'
