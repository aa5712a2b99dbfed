/**
 * Is the word in the list, where a single space stands before and after each word? A text is there at a start, a set
 * would have to be filled.
 */
export function hasWord(list: string, word: string): boolean {
  return list.includes(` ${word} `) && !word.includes(' ');
}
