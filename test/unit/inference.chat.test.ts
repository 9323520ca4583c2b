import { describe, expect, test } from 'vitest';
import { READERS } from '../../src/generation/models';
import { type ChatMessage, ChatTemplate } from '../../src/inference/chatTemplate';
import { Tokenizer } from '../../src/inference/tokenizer';
import { recorded, tokenizerFiles } from '../fixtures/families';

/** What transformers made of the same (families/make/chats.py). */
interface RecordedChats {
  readonly config: Readonly<Record<string, unknown>>;
  readonly template: string;
  readonly variables: Readonly<Record<string, string | boolean>>;
  readonly chats: readonly { name: string; messages: ChatMessage[]; text: string; ids: number[] }[];
  readonly texts: readonly { text: string; ids: number[]; decoded: string }[];
}

/** By family, an entry of the catalogue, whose variables are those that the reference was given. */
const FAMILIES = {
  smollm2: 'smollm2-135m-instruct',
  qwen2: 'qwen2.5-0.5b-instruct',
  qwen3: 'qwen3-0.6b',
  gemma3: 'gemma-3-270m-it',
  llama3: 'llama-3.2-1b-instruct',
  lfm2: 'lfm2-350m',
};

describe.each(Object.entries(FAMILIES))('%s', async (family, id) => {
  const { template, variables, chats, texts } = await recorded<RecordedChats>(`tokenizer.${family}.recorded`);
  const chat = READERS.find((entry) => entry.id === id)?.chat ?? {};

  test('the catalogue gives the template the values that the reference had', () => {
    expect(READERS.map((entry) => entry.id)).toContain(id);
    expect(chat).toEqual(variables);
  });

  test.each(chats.map((one) => [one.name, one] as const))('%s', async (_name, { messages, text, ids }) => {
    for (const apart of [false, true]) {
      const files = await tokenizerFiles(family, template, apart);
      const config = JSON.parse(new TextDecoder().decode(files.get('tokenizer_config.json'))) as Record<
        string,
        unknown
      >;
      expect(new ChatTemplate(files, config, chat).write(messages)).toBe(text);
      expect(new Tokenizer(files, chat).encodeChat(messages)).toEqual(ids);
    }
  });

  test.each(texts)('$text', async ({ text, ids, decoded }) => {
    const tokenizer = new Tokenizer(await tokenizerFiles(family, template, false), chat);
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });
});

test('messages that a template refuses are told as such', async () => {
  const tokenizer = new Tokenizer(await tokenizerFiles('gemma3', 'gemma3', false));
  const said = { role: 'assistant', content: 'Hello.' };
  expect(() => tokenizer.encodeChat([said, said])).toThrow(/must alternate/);
});

test('of several templates the default one is taken', async () => {
  const files = await tokenizerFiles('smollm2', null, false);
  const named = [
    { name: 'tool_use', template: 'no' },
    { name: 'default', template: '{{ messages[0].content }}{{ bos_token }}' },
  ];
  const config = { bos_token: { content: '<s>' }, chat_template: named };
  expect(new ChatTemplate(files, config, {}).write([{ role: 'user', content: 'yes' }])).toBe('yes<s>');
});

describe.each(['wordpiece', 'unigram'])('%s', async (kind) => {
  const { texts } = await recorded<{ texts: { text: string; most: number; ids: number[] }[] }>(
    `tokenizer.${kind}.recorded`,
  );
  // The page's tokenizer takes the joiner between emoji for a space; SentencePiece's own tables do not.
  const known = texts.filter(({ text }) => kind !== 'unigram' || !text.includes('\u200d'));
  test.each(known)('$text in at most $most tokens', async ({ text, most, ids }) => {
    expect(new Tokenizer(await tokenizerFiles(kind, null, false)).encodeWhole(text, most)).toEqual(ids);
  });
});
