/** Four lanes of one question, together and apart: Node, WebAssembly, one thread, the built-in models. */
import { openNodeLab } from '../../src/cli/nodeLab';
import type { Completion, WriteRequest } from '../../src/generation/engine';
import { finish } from '../../src/job';
import { openBench } from '../../src/lanes/bench';
import { PRESETS } from '../../src/lanes/presets';
import { brief } from '../../src/lanes/strategies';
import { type BenchRow, median, ratio } from './rows';

const TURNS = 5;
const { signal } = new AbortController();

interface Timed {
  readonly whole: number;
  /** Until the last lane's first token. */
  readonly read: number;
}

export async function benchLanes(): Promise<BenchRow[]> {
  const [read] = PRESETS;
  if (!read) throw new Error('There is no preset.');
  await using lab = await openNodeLab(read.lanes, signal);
  const question = lab.questions.find(({ id }) => id === 'q038');
  if (!question) throw new Error('The sample has no question q038.');
  const bench = openBench(question, lab.retriever, 7, signal);
  const requests: WriteRequest[] = [];
  for (const { sees, told, wears, sampling } of read.lanes)
    requests.push({ messages: (await brief(sees, told, bench)).messages, wears, sampling });

  const write = async (asked: readonly WriteRequest[]): Promise<Timed> => {
    const from = performance.now();
    const done: Completion[] = await finish(lab.model.write(asked, signal));
    const firsts = done.map((one) => (one.kind === 'written' ? one.usage.firstTokenMs : NaN));
    return { whole: performance.now() - from, read: Math.max(...firsts) };
  };
  const together: Timed[] = [];
  const apart: Timed[][] = [];
  for (let turn = -1; turn < TURNS; turn++) {
    const all = await write(requests);
    const each: Timed[] = [];
    for (const request of requests) each.push(await write([request]));
    if (turn < 0) continue;
    together.push(all);
    apart.push(each);
  }
  const whole = median(together.map((one) => one.whole));
  const writing = median(together.map((one) => one.whole - one.read));
  const sum = median(apart.map((each) => each.reduce((total, one) => total + one.whole, 0)));
  const slowest = median(apart.map((each) => Math.max(...each.map((one) => one.whole))));
  const slowestWriting = median(apart.map((each) => Math.max(...each.map((one) => one.whole - one.read))));
  const note = (value: number, other: number) => `${value.toFixed(0)} ms against ${other.toFixed(0)} ms`;
  return [
    ratio('four lanes, Ask to last token / one after the other', whole / sum, null, note(whole, sum)),
    ratio('four lanes, Ask to last token / the slowest alone', whole / slowest, null, note(whole, slowest)),
    ratio(
      'the same once all prompts are read / the slowest alone',
      writing / slowestWriting,
      null,
      note(writing, slowestWriting),
    ),
  ];
}
