import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { LabError } from '../errors';
import { type ChatMessage, ChatTemplate, type ChatVariables } from './chatTemplate';
import { type ModelFiles, jsonOf } from './files';

/** A model's own tokenizer and chat template, in the hub's files. */
export class Tokenizer {
  readonly #tokenizer: HubTokenizer;
  readonly #template: ChatTemplate;
  readonly #special: RegExp | null;
  #around: { before: readonly number[]; after: readonly number[] } | null = null;

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

  #findAround(): { before: readonly number[]; after: readonly number[] } {
    const probe = 'a';
    const bare = this.#tokenizer.encode(probe, { add_special_tokens: false }).ids;
    const whole = this.#tokenizer.encode(probe, { add_special_tokens: true }).ids;
    const at = whole.findIndex((_, i) => bare.every((id, j) => whole[i + j] === id));
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
