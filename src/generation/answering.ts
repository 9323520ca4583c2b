import type { DecodeRow } from './decoding';
import type { Completion } from './engine';

/** One answer as its tokens come. */
export class Answering {
  readonly #tokens: number[] = [];
  #text = '';
  #first: number | null = null;
  #decodeMs = 0;

  constructor(
    readonly request: number,
    readonly row: DecodeRow,
    private readonly called: number,
    private readonly tokenizer: { decode(tokens: readonly number[]): string },
  ) {}

  /** `ms` is what its pass took. Returns the text that the token adds; null while a character of several bytes is not whole, whose end reads as U+FFFD. */
  take(token: number, ms: number): string | null {
    if (this.#first === null) this.#first = performance.now();
    else this.#decodeMs += ms;
    this.#tokens.push(token);
    // A model may begin its answer with the space or the line break that stands before a word in its tokenizer.
    const whole = this.tokenizer.decode(this.#tokens).trimStart();
    if (whole.endsWith('\ufffd')) return null;
    const added = whole.slice(this.#text.length);
    this.#text = whole;
    return added;
  }

  completion(stoppedBy: 'end' | 'length', shared: boolean): Completion {
    const usage = {
      promptTokens: this.row.prompt.length,
      answerTokens: this.#tokens.length,
      firstTokenMs: (this.#first ?? performance.now()) - this.called,
      // The pass that found the end wrote nothing and does not count.
      decodeMs: this.#decodeMs,
      shared,
    };
    return { kind: 'written', text: this.#text, tokens: this.#tokens, stoppedBy, usage };
  }
}
