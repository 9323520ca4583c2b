import { OpenAiEngine } from '../../src/generation/engines/openai';
import { servedReader } from '../../src/generation/engines/openai/served';
import { TransformersEngine } from '../../src/generation/engines/transformers';
import { WebllmEngine } from '../../src/generation/engines/webllm';
import { WEBLLM_READERS } from '../../src/generation/engines/webllm/catalogue';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { type Dialect, openAiServer } from '../fixtures/openaiServer';
import { publicModels } from '../fixtures/publicModels';
import { scriptedEngine } from '../fixtures/scriptedEngine';
import { ScriptedMlc } from '../fixtures/scriptedMlc';
import { type Opened, engineContract } from './engine.contract';

const [BUILT_IN] = READERS as readonly [ReaderEntry];
const JSON_ANSWER = '{"answer": "5 months"}';
/** `seed` where the writing is sampled. */
const sentence = (seed: number | null) => `The trial period is 5 months${seed ? ` ${String(seed)}` : ''} [1].`;

engineContract(
  'transformers',
  () => Promise.resolve({ engine: new TransformersEngine(publicModels), entry: BUILT_IN }),
  { wears: true },
);

engineContract(
  'scripted',
  () => {
    const engine = scriptedEngine((_prompt, worn, seed) => (worn.length > 0 ? JSON_ANSWER : sentence(seed)));
    return Promise.resolve({ engine, entry: BUILT_IN });
  },
  { wears: true },
);

engineContract(
  'webllm, with a scripted MLCEngine',
  () => {
    const open = () => {
      const mlc = new ScriptedMlc({ reply: (_prompt, seed) => sentence(seed) });
      mlc.replyToSchema = JSON_ANSWER;
      return Promise.resolve(mlc);
    };
    const engine = new WebllmEngine(() => Promise.resolve(new Set(['shader-f16'])), open);
    const [first] = WEBLLM_READERS as readonly [ReaderEntry];
    return Promise.resolve({ engine, entry: { ...first, contextTokens: 1024 } });
  },
  { wears: false },
);

function served(dialect: Dialect): () => Promise<Opened> {
  return async () => {
    const server = await openAiServer(dialect, ({ model, temperature, seed, response_format: format }) =>
      model === 'json-lora' || format ? JSON_ANSWER : sentence(temperature > 0 ? seed : null),
    );
    const engine = new OpenAiEngine(() => null, 'http:');
    const reader = servedReader(server.base, { id: 'reader', adapterOf: null, root: null, window: 1024 });
    const entry = { ...reader, servedAdapters: { 'json-answer': 'json-lora' } };
    return { engine, entry, close: async () => server[Symbol.asyncDispose]() };
  };
}

engineContract('openai, a server like vLLM', served('vllm'), { wears: true });
engineContract('openai, a server like llama.cpp', served('llama.cpp'), { wears: false });
