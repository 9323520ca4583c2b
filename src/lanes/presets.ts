/** The presets: named sets of lanes, each a small experiment. A new one is an entry here. */
import type { Sampling } from '../generation/engine';
import { FOUND_KINDS } from '../retrieval/noise';
import type { Lane, Sees } from './lane';

export interface Preset {
  readonly id: 'read' | 'know' | 'act';
  readonly name: string;
  /** What it lets one see, for people. */
  readonly shows: string;
  readonly lanes: readonly Lane[];
}

export const DEFAULT_SEED = 7;
/** Greedy, so that lanes differ only in what they see, wear and are told. */
const GREEDY: Sampling = { temperature: 0, topP: 1, maxTokens: 96, seed: DEFAULT_SEED };
const MODEL = 'reader-tiny';

export const CLOSED = { kind: 'closed' } as const satisfies Sees;
export const OPEN = { kind: 'open', passages: 4 } as const satisfies Sees;
export const NOISY = { kind: 'noisy', passages: 4, noise: 3, noiseKinds: FOUND_KINDS } as const satisfies Sees;

const TOLD_JSON = 'Answer in JSON only: {"answer": "...", "citations": [1], "found": true}';

/** A lane of the built-in reader, with one adapter at full strength or none. */
export function lane(id: string, name: string, sees: Sees, adapterId?: string, told = ''): Lane {
  const wears = adapterId === undefined ? [] : [{ adapterId, strength: 1 }];
  return { id, name, sees, wears, told, modelId: MODEL, sampling: GREEDY };
}

export const PRESETS: readonly Preset[] = [
  {
    id: 'read',
    name: 'Read',
    shows: 'What passages add, what noise breaks, and what an adapter trained on noisy passages holds against it.',
    lanes: [
      lane('closed', 'Closed book', CLOSED),
      lane('open', 'Open book', OPEN),
      lane('noisy', 'Noisy book', NOISY),
      lane('noisy-robust', 'Noisy, robust', NOISY, 'robust-reader'),
    ],
  },
  {
    id: 'know',
    name: 'Know',
    shows: 'The same facts from passages and from an adapter trained on them, apart and together.',
    lanes: [
      lane('closed', 'Closed book', CLOSED),
      lane('open', 'Open book', OPEN),
      lane('closed-facts', 'Closed, facts', CLOSED, 'handbook-facts'),
      lane('open-facts', 'Both', OPEN, 'handbook-facts'),
    ],
  },
  {
    id: 'act',
    name: 'Act',
    shows: 'A form and a voice from adapters, and the same form from instructions alone.',
    lanes: [
      lane('open', 'Open book', OPEN),
      lane('open-json', 'JSON adapter', OPEN, 'json-answer'),
      lane('open-memo', 'Memo adapter', OPEN, 'memo-voice'),
      lane('open-told', 'Told JSON', OPEN, undefined, TOLD_JSON),
    ],
  },
];
