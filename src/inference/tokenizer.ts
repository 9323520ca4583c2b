import { Template } from '@huggingface/jinja';
import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { LabError } from '../errors';
import { type ModelFiles, jsonOf } from './files';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A model's own tokenizer and chat template, in the hub's two files. */
export class Tokenizer {
  readonly #tokenizer: HubTokenizer;
  readonly #template: Template | null;
  readonly #special: RegExp | null;

  /** Throws `model-missing` or `model-corrupt`. */
  constructor(files: ModelFiles) {
    const data = jsonOf(files, 'tokenizer.json') as object;
    const config = jsonOf(files, 'tokenizer_config.json') as { chat_template?: unknown };
    try {
      this.#tokenizer = new HubTokenizer(data, config);
      this.#template = typeof config.chat_template === 'string' ? new Template(config.chat_template) : null;
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

  /** Special tokens are left out. */
  decode(ids: readonly number[]): string {
    return this.#tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  }

  /** The whole prompt as the chat template writes it, ready for the answer. */
  encodeChat(messages: readonly ChatMessage[]): number[] {
    const plain = messages.map(({ role, content }) => ({ role, content: this.plain(content) }));
    const text = this.#template
      ? this.#template.render({ messages: plain, add_generation_prompt: true })
      : plain.map(({ content }) => content).join('\n');
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  /**
   * Text of a person or a document must never become a control token: a passage that holds `<|end|>` would
   * end the message it is quoted in. A space after the first character breaks the token and stays readable.
   */
  plain(text: string): string {
    return this.#special ? text.replace(this.#special, (token) => `${token.charAt(0)} ${token.slice(1)}`) : text;
  }
}
