/** A model's chat template: the words between which it was trained to find messages. */
import { Template } from '@huggingface/jinja';
import { LabError } from '../errors';
import { type ModelFiles, fileOf } from './files';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** Values for a template's own variables, such as `enable_thinking` or `date_string`. */
export type ChatVariables = Readonly<Record<string, string | boolean>>;

/** Newer models keep the template in a file of its own, which then counts. */
const FILE = 'chat_template.jinja';
/** Tokens that templates name. */
const TOKENS = ['bos_token', 'eos_token', 'pad_token', 'unk_token'];

export class ChatTemplate {
  readonly #template: Template | null;
  readonly #variables: Readonly<Record<string, unknown>>;

  /** `config` is tokenizer_config.json. Throws what the template's parser throws. */
  constructor(files: ModelFiles, config: Readonly<Record<string, unknown>>, variables: ChatVariables) {
    const text = files.has(FILE) ? new TextDecoder().decode(fileOf(files, FILE)) : templateOf(config['chat_template']);
    this.#template = text === null ? null : new Template(text);
    const tokens = TOKENS.map((name): [string, unknown] => [name, contentOf(config[name])]);
    this.#variables = { ...Object.fromEntries(tokens.filter(([, token]) => typeof token === 'string')), ...variables };
  }

  /** The prompt up to where the answer begins. Throws `model-unsupported` for messages that the template refuses. */
  write(messages: readonly ChatMessage[]): string {
    if (!this.#template) return messages.map(({ content }) => content).join('\n');
    try {
      return this.#template.render({ ...this.#variables, messages, add_generation_prompt: true });
    } catch (error) {
      throw new LabError('model-unsupported', `The model’s chat template refuses these messages: ${String(error)}`, {
        cause: error,
      });
    }
  }
}

/** Some configs list several, by name. */
function templateOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named = value as { name?: unknown; template?: unknown }[];
  const found = named.find(({ name }) => name === 'default') ?? named[0];
  return typeof found?.template === 'string' ? found.template : null;
}

function contentOf(token: unknown): unknown {
  return token !== null && typeof token === 'object' && 'content' in token ? token.content : token;
}
