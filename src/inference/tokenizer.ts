import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { LabError } from '../errors';
import { type ChatMessage, ChatTemplate, type ChatVariables } from './chatTemplate';
import { type ModelFiles, jsonOf } from './files';

/** What is put around a text is found around this one. */
const PROBE = 'a';

/** `types` of each part, the two texts' among them: before, first, between, second, after. A text's own are all alike. */
interface AroundPair {
  readonly before: readonly number[];
  readonly between: readonly number[];
  readonly after: readonly number[];
  readonly types: readonly (readonly number[])[];
}

/** A model's own tokenizer and chat template, in the hub's files. */
export class Tokenizer {
  readonly #tokenizer: HubTokenizer;
  readonly #template: ChatTemplate;
  readonly #special: RegExp | null;
  #around: { before: readonly number[]; after: readonly number[] } | null = null;
  #aroundPair: AroundPair | null = null;

  /** Throws `model-missing` or `model-corrupt`. */
  constructor(files: ModelFiles, chat: ChatVariables = {}) {
    const data = jsonOf(files, 'tokenizer.json') as object;
    const config = jsonOf(files, 'tokenizer_config.json') as Record<string, unknown>;
    try {
      this.#tokenizer = new HubTokenizer(data, config);
      this.#template = new ChatTemplate(files, config, chat);
    } catch (error) {
      throw new LabError('model-corrupt', `The tokenizer’s files cannot be read: ${String(error)}`, { cause: error });
    }
    const special = [...this.#tokenizer.get_added_tokens_decoder().values()].filter((token) => token.special);
    this.#special = special.length
      ? new RegExp(special.map(({ content }) => content.replace(/[\^$.*+?()[\]{}|\\]/g, '\\$&')).join('|'), 'g')
      : null;
  }

  encode(text: string): number[] {
    return this.#tokenizer.encode(this.plain(text), { add_special_tokens: false }).ids;
  }

  /** With the tokens that the tokenizer puts around a text by itself (`[CLS] … [SEP]`), cut to `most` with them. Of an empty text, none. */
  encodeWhole(text: string, most: number): number[] {
    const ids = this.encode(text);
    if (ids.length === 0) return [];
    const { before, after } = (this.#around ??= this.#findAround());
    return [...before, ...ids.slice(0, Math.max(0, most - before.length - after.length)), ...after];
  }

  /**
   * Two texts as one row, with the tokens that the tokenizer puts around and between them, and each token's type (0 or 1,
   * as the tokenizer says). Where they are longer than `most` together, the longer one is cut until it is as long as the
   * other, and then both, as transformers' `longest_first` has it (an odd last token is the longer one's here).
   */
  encodePair(first: string, second: string, most: number): { readonly ids: number[]; readonly types: number[] } {
    const { before, between, after, types } = (this.#aroundPair ??= this.#findAroundPair());
    const [a, b] = [this.encode(first), this.encode(second)];
    const room = Math.max(0, most - before.length - between.length - after.length);
    const short = Math.min(a.length, b.length, Math.floor(room / 2));
    const [most1, most2] = a.length > b.length ? [room - short, short] : [short, room - short];
    const parts = [before, a.slice(0, most1), between, b.slice(0, most2), after];
    return {
      ids: parts.flat(),
      types: parts.flatMap((part, i) => part.map((_, j) => types[i]?.[Math.min(j, types[i].length - 1)] ?? 0)),
    };
  }

  #findAroundPair(): AroundPair {
    const bare = this.encode(PROBE);
    const options = { text_pair: PROBE, add_special_tokens: true, return_token_type_ids: true } as const;
    // Not every template tells types.
    const found: { ids: number[]; token_type_ids?: number[] } = this.#tokenizer.encode(PROBE, options);
    const { ids, token_type_ids: types = [] } = found;
    const first = placeOf(bare, ids);
    const second = placeOf(bare, ids, first + bare.length);
    const places = [0, first, first + bare.length, second, second + bare.length, ids.length];
    const cut = (row: readonly number[], i: number) => row.slice(places[i], places[i + 1]);
    return {
      before: cut(ids, 0),
      between: cut(ids, 2),
      after: cut(ids, 4),
      types: places.slice(0, 5).map((_, i) => cut(types, i)),
    };
  }

  #findAround(): { before: readonly number[]; after: readonly number[] } {
    const bare = this.encode(PROBE);
    const whole = this.#tokenizer.encode(PROBE, { add_special_tokens: true }).ids;
    const at = placeOf(bare, whole);
    return { before: whole.slice(0, at), after: whole.slice(at + bare.length) };
  }

  /** Special tokens are left out. */
  decode(ids: readonly number[]): string {
    return this.#tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  /** The whole prompt as the chat template writes it, ready for the answer. */
  encodeChat(messages: readonly ChatMessage[]): number[] {
    const plain = messages.map(({ role, content }) => ({ role, content: this.plain(content) }));
    return this.#tokenizer.encode(this.#template.write(plain), { add_special_tokens: false }).ids;
  }

  /**
   * Text of a person or a document must never become a control token: a passage that holds `<|end|>` would
   * end the message it is quoted in. A space after the first character breaks the token and stays readable.
   */
  plain(text: string): string {
    return this.#special ? text.replace(this.#special, (token) => `${token.charAt(0)} ${token.slice(1)}`) : text;
  }
}

function placeOf(part: readonly number[], ids: readonly number[], from = 0): number {
  return ids.findIndex((_, i) => i >= from && part.every((id, j) => ids[i + j] === id));
}
