import { TransformersEngine } from '../../src/generation/engines/transformers';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { publicModels } from '../fixtures/publicModels';
import { scriptedEngine } from '../fixtures/scriptedEngine';
import { engineContract } from './engine.contract';

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
