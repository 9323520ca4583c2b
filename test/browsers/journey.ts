/** The core journey through the built page, written once for every browser. */
import { readFileSync } from 'node:fs';
import { KNOWN, SAMPLE } from '../fixtures/sampleQuestion';
import { Visitor } from './visitor';
import type { Tab } from './tab';

const FILE = 'keld-trust.md';
const TITLE = 'Keld Trust: Rules for staff';
const TEXT = `# ${TITLE}

## Start of work

The trial period at Keld Trust is 5 months. The notice period for clerks at Keld Trust is 3 weeks.
`;
const QUESTION = 'How long is the trial period at Keld Trust?';
const SENTENCE = 'The trial period at Keld Trust is 5 months.';

const RUNS_ON = /runs on ([^:\n]+)(?:: (.+))?/;
/** As `inference/session.ts` has it. */
const MAX_THREADS = 4;

/** What a browser was seen to do, in words. */
export type Seen = Record<'isolated' | 'runsOn' | 'because' | 'storage' | 'serviceWorker', string>;

export interface Places {
  /** A host that sends the page's headers. */
  readonly full: string;
  /** One that sends none. */
  readonly plain: string;
}

export interface Step {
  readonly name: string;
  go(): Promise<void>;
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** The steps in their order; each begins where the one before it ended. */
export function journey(tab: Tab, places: Places, seen: Partial<Seen>): Step[] {
  const visitor = new Visitor(tab);
  let bare = '';

  async function offered(): Promise<{ isolated: boolean; shared: boolean; processors: number; workers: boolean }> {
    return visitor.inPage(
      () => ({
        isolated: crossOriginIsolated,
        shared: typeof SharedArrayBuffer !== 'undefined',
        processors: navigator.hardwareConcurrency,
        workers: 'serviceWorker' in navigator,
      }),
      null,
    );
  }

  /** What the open panel says of a model: `WASM, 2 threads` and `this browser gives pages no GPU`. */
  async function wordsOn(model: string): Promise<{ runsOn: string; because: string }> {
    const found = async () => RUNS_ON.exec(await visitor.text({ role: 'region', name: model }));
    await visitor.until(`the panel says what the ${model} runs on`, async () => (await found()) !== null);
    const [, runsOn = '', because = ''] = (await found()) ?? [];
    return { runsOn, because };
  }

  async function findsTheFile(): Promise<void> {
    await visitor.screen('Compare');
    await visitor.put(QUESTION);
    const passages = await visitor.passages(2);
    must(passages.includes(SENTENCE), `The passages shown are: ${passages}`);
  }

  return [
    {
      name: 'the models load',
      go: () => visitor.open(places.full),
    },
    {
      name: 'the page says what its models run on, and it is what the browser offers',
      go: async () => {
        const { isolated, shared, processors } = await offered();
        await visitor.click({ role: 'link', name: '^Model: ' });
        const reader = await wordsOn('reader');
        const finder = await wordsOn('finder');
        await visitor.screen('Compare');
        seen.isolated = `${isolated ? 'yes' : 'no'}, ${shared ? 'with' : 'without'} SharedArrayBuffer`;
        seen.runsOn = reader.runsOn;
        seen.because = reader.because;
        const threads = isolated && shared ? Math.min(MAX_THREADS, processors) : 1;
        const words = `WASM, ${String(threads)} ${threads === 1 ? 'thread' : 'threads'}`;
        must(isolated, 'The page is not isolated, though its host sends the headers.');
        for (const [model, { runsOn }] of Object.entries({ reader, finder }))
          must(runsOn === words || runsOn.startsWith('WebGPU'), `The ${model} runs on ${runsOn}, not on ${words}.`);
      },
    },
    {
      name: 'a question is answered in four lanes, the known answer by the one that sees the passages',
      go: async () => {
        await visitor.put(SAMPLE);
        bare = await visitor.answer(2);
        must(bare.includes(KNOWN), `Lane 2 answered: ${bare}`);
        for (const n of [1, 3, 4]) must((await visitor.answer(n)) !== '', `Lane ${String(n)} answered nothing.`);
      },
    },
    {
      name: 'an adapter put on changes the answer, and taken off leaves it as it was',
      go: async () => {
        await visitor.toggleAdapter(2, 'json-answer');
        await visitor.askAgain();
        const worn = await visitor.answer(2);
        must(worn !== bare && worn.includes('{'), `With the adapter on, lane 2 answered: ${worn}`);
        await visitor.toggleAdapter(2, 'json-answer');
        await visitor.askAgain();
        const after = await visitor.answer(2);
        must(after === bare, `With the adapter off again, lane 2 answered: ${after}`);
      },
    },
    {
      name: 'a dropped file is indexed, and its passage is shown',
      go: async () => {
        await visitor.screen('Library');
        await visitor.drop(FILE, Buffer.from(TEXT));
        await visitor.indexed(FILE);
        await findsTheFile();
      },
    },
    {
      // The first brings its reader more to load, which must not spoil it for the second.
      name: 'PDFs are read, one in Japanese and then one in English',
      go: async () => {
        await visitor.screen('Library');
        for (const name of ['japanese.pdf', 'two-columns.pdf']) {
          await visitor.drop(name, readFileSync(`test/fixtures/documents/${name}`));
          await visitor.indexed(name);
        }
        await visitor.screen('Compare');
      },
    },
    {
      name: 'after a reload the file is still there and found',
      go: async () => {
        await visitor.reload();
        await visitor.screen('Library');
        await visitor.indexed(FILE);
        const main = await visitor.text({ role: 'main' });
        must(!main.includes('for this visit only'), 'The browser refused to store anything.');
        seen.storage = 'IndexedDB, kept over a reload';
        await findsTheFile();
      },
    },
    {
      name: 'Esc stops all lanes, and the next question is answered',
      go: async () => {
        // One that this visit has not answered, which would come from the cache at once.
        await visitor.fill({ role: 'textbox', name: '^Question$' }, SAMPLE);
        await visitor.click({ role: 'button', name: '^Ask$' });
        await visitor.until('lanes are at work', () => visitor.sees({ role: 'button', name: '^Stop$' }));
        await visitor.pressEscape();
        await visitor.until('nothing runs', () => visitor.sees({ role: 'button', name: '^Ask$' }));
        const states = await visitor.laneStates();
        must(states[3] === 'stopped', `The lanes are ${states.join(', ')}.`);
        await visitor.put(SAMPLE);
        must((await visitor.answer(2)).includes(KNOWN), `Lane 2 answered: ${await visitor.answer(2)}`);
      },
    },
    {
      name: 'on a host without headers the service worker isolates the page, which then stays as it is',
      go: async () => {
        await visitor.open(places.plain);
        const { isolated, workers } = await offered();
        seen.serviceWorker = workers ? `there, isolates the page: ${isolated ? 'yes' : 'no'}` : 'none';
        must(isolated === workers, `Service workers: ${String(workers)}, isolated: ${String(isolated)}.`);
        // A page that loaded itself again and again would lose the question.
        await visitor.put(SAMPLE);
        const answer = await visitor.answer(2);
        must(answer.includes(KNOWN), `Lane 2 answered: ${answer}`);
      },
    },
    {
      name: 'no error went uncaught',
      go: async () => {
        const errors = await tab.uncaught();
        must(errors.length === 0, errors.join('\n'));
      },
    },
  ];
}
