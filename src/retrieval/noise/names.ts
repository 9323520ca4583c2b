/** What a text speaks of: names, numbers and titles in quotation marks, by rules of spelling alone. English. */

export interface Spoken {
  /** Capitalised names and quoted titles, lower case. */
  readonly names: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
}

/** A capital letter, or a joint between two: Harrowgate & Lune, Bank of England. */
const RUN = /\p{Lu}[\p{L}\p{M}\d'’-]*(?:[ \u00a0](?:(?:&|of|de|van|von) )?\p{Lu}[\p{L}\p{M}\d'’-]*)*/gu;
const QUOTED = /“([^”]{2,80})”|"([^"]{2,80})"/gu;
const NUMBER = /\d+(?:[.,:]\d+)*/g;
const COMMON = new Set(
  (
    'a an the this that these those in on at by for from to of with without and or but if as is are was were be been it its ' +
    'he she they we you i his her their our your who whom whose what which when where why how do does did can could may ' +
    'might must shall should will would has have had not no yes all any each every many much more most there here then ' +
    'than so please after before during under over about into out up down per'
  ).split(' '),
);

/** A capitalised word alone at the beginning of a sentence is no name. */
export function spokenOf(text: string): Spoken {
  const names = new Set(namesIn(text).map((name) => name.toLowerCase()));
  for (const [, curly, straight] of text.matchAll(QUOTED)) names.add((curly ?? straight ?? '').toLowerCase());
  return { names, numbers: new Set(text.match(NUMBER) ?? []) };
}

/** The capitalised names of a text, as written and in its order; each once. */
export function namesIn(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(RUN)) {
    const begins = /(?:^|[.!?:;\n]|\p{Pi}|")\s*$/u.test(text.slice(Math.max(0, match.index - 4), match.index));
    const words = match[0].replace(/['’]s$/, '').split(/[ \u00a0]/);
    if (words[0] !== undefined && COMMON.has(words[0].toLowerCase())) words.shift();
    else if (begins && words.length === 1) continue;
    const name = words.join(' ');
    if (name.length > 1) found.add(name);
  }
  return [...found];
}

/** Words that carry meaning, without a plural's s, once each; `without` are texts whose words do not count. */
export function contentWords(text: string, without: Iterable<string> = []): Set<string> {
  const left = new Set([...without].flatMap((one) => wordsOf(one)));
  return new Set(wordsOf(text).filter((word) => !left.has(word)));
}

function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [])
    .filter((word) => word.length > 1 && !COMMON.has(word))
    .map((word) => (word.length > 3 ? word.replace(/s$/, '') : word));
}
