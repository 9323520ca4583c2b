/** Words in a row that make one shingle. */
const WIDTH = 3;

/** Words that turn a sentence round, and numbers in letters: two texts that differ in one do not say the same. */
const NEGATIONS =
  /^(?:not|no|never|none|nor|without|cannot|\p{L}+n['’]t|nicht|kein\p{L}*|nie|ohne|ne|pas|jamais|sans|sin|nunca|ni|non|mai|senza|niet|geen|nooit)$/u;
const NUMBERS =
  /^(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|half|once|twice)$/;

/** What a text is compared by. */
export interface Compared {
  /** Hashes of its shingles, each once, ascending. */
  readonly shingles: Uint32Array;
  /** Hash of all that must be the same in a copy: numbers, names (words with a capital letter) and negations, in their order. */
  readonly telling: number;
  /** How many words it has. */
  readonly words: number;
}

/** A word as written, with what stands between words left out. */
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’.,][\p{L}\p{N}]+)*/gu;
/** Between two words: the next one begins a sentence, a line or a cell, where a capital letter names nothing. */
const BEGINS = /[.!?:;\n|"“”„«»(*#•]/;

/** The text as two copies share it: letters and digits alone, lower case, one space between words. */
export function normalised(text: string): string {
  return (text.normalize('NFKC').match(WORD) ?? []).join(' ').toLowerCase();
}

/**
 * Every run of three words, hashed (Broder 1997, "On the resemblance and containment of documents", section 2: the
 * w-shingling, as a set). A text of fewer words is one shingle.
 */
export function compared(text: string): Compared {
  const plain = text.normalize('NFKC');
  const words = [...plain.matchAll(WORD)];
  const hashes = new Uint32Array(words.length);
  let telling = 0x811c9dc5;
  let end = 0;
  for (const [i, { 0: word, index }] of words.entries()) {
    const { hash, tells } = known(word);
    hashes[i] = hash;
    // A capital letter names something only where no sentence begins.
    const inside = tells === 'inside' && i > 0 && !BEGINS.test(plain.slice(end, index));
    end = index + word.length;
    if (tells === 'always' || inside) telling = mixed(Math.imul(telling, 31) ^ hash);
  }
  const count = words.length === 0 ? 0 : Math.max(1, words.length - WIDTH + 1);
  const all = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    let hash = 0x9e3779b9;
    for (let i = at; i < Math.min(at + WIDTH, words.length); i++) hash = mixed(Math.imul(hash, 33) ^ (hashes[i] ?? 0));
    all[at] = hash;
  }
  return { shingles: sortedOnce(all), telling: telling >>> 0, words: words.length };
}

/** The resemblance |A and B| / |A or B| of two sets, given ascending (Broder 1997; Jaccard 1912). 1 for two empty sets. */
export function resemblance(a: Uint32Array, b: Uint32Array): number {
  let [i, j, shared] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i] ?? 0, b[j] ?? 0];
    if (x === y) shared++;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 1 : shared / all;
}

function sortedOnce(values: Uint32Array): Uint32Array {
  values.sort();
  let kept = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (i === 0 || value !== values[kept - 1]) values[kept++] = value;
  }
  return values.slice(0, kept);
}

interface Word {
  readonly hash: number;
  readonly tells: 'always' | 'inside' | 'never';
}

/** Most words of a text are words of another. */
const KNOWN = new Map<string, Word>();
const MOST_KNOWN = 100_000;

function known(word: string): Word {
  const before = KNOWN.get(word);
  if (before) return before;
  const lower = word.toLowerCase();
  const always = /\p{N}/u.test(word) || NEGATIONS.test(lower) || NUMBERS.test(lower);
  const found: Word = { hash: hashOf(lower), tells: always ? 'always' : lower === word ? 'never' : 'inside' };
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(word, found);
  return found;
}

/** 32-bit FNV-1a over UTF-16 units, then mixed. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** MurmurHash3's finaliser (Appleby, https://github.com/aappleby/smhasher/wiki/MurmurHash3). */
export function mixed(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
