/**
 * Several adapters as one: their ranks are laid side by side, so that for every grafted linear
 *
 *     A = [A1 | A2 | ...]  [inputs, R]     B = [s1 B1 ; s2 B2 ; ...]  [R, outputs]     R = r1 + r2 + ...
 *
 * and (x A * gate) B is the sum of the adapters, each at the strength that its part of the gate holds.
 * An adapter's scale (alpha / r) differs between linears where the config has patterns, so it goes into B,
 * and the gate, which all linears share, holds nothing but strengths: 0 is the base model, 1 the adapter as
 * trained. Linears that an adapter leaves alone get zeros. R is at least 1: empty inputs fail on WebGPU. Where g
 * linears share an A, theirs lie side by side in it, each B has rows of zeros for the others, and the gate is repeated.
 * The parts of a packed linear share its B too: each has its own rows and columns, and the rest are zeros.
 *
 *     mix(targets, adapters) -> { rank, feeds, gates }
 *     feeds: graph input name -> { data, dims }, the A and B of all targets
 *     gates([wears, wears]): graph input name -> { data, dims: [2, 1, g rank] }
 */
import { LabError } from '../errors';
import type { Adapter, LoraPair, Worn } from './adapter';
import { fitted } from './fitted';
import type { GraftTarget } from './graft/graft';

/** Row-major fp32. */
export interface GraphFeed {
  readonly data: Float32Array<ArrayBuffer>;
  readonly dims: readonly number[];
}

export interface Mix {
  readonly rank: number;
  /** A and B of all targets by the name of the graph input. */
  readonly feeds: ReadonlyMap<string, GraphFeed>;
  /**
   * The gates for a batch by the name of the graph input: one row per list, [rows, 1, g rank]. Throws `adapter-mismatch` for an adapter that is
   * not in the mix and `adapter-unsupported` for a strength outside 0 to 1.5.
   */
  readonly gates: (rows: readonly (readonly Worn[])[]) => ReadonlyMap<string, GraphFeed>;
}

const MAX_STRENGTH = 1.5;

interface Slot {
  readonly adapter: Adapter;
  readonly offset: number;
  readonly rank: number;
}

/** The adapters must fit the targets (`checkFits`); a linear that only the adapter knows would be lost in silence. */
export function mix(targets: readonly GraftTarget[], adapters: readonly Adapter[]): Mix {
  const slots: Slot[] = [];
  let used = 0;
  for (const adapter of adapters) {
    const rank = Math.max(0, ...adapter.pairs.map((pair) => pair.rank));
    slots.push({ adapter, offset: used, rank });
    used += rank;
  }
  const rank = Math.max(1, used);
  const pairs = slots.map(({ adapter }) => new Map(fitted(adapter.pairs, targets).map((pair) => [key(pair), pair])));

  const feeds = new Map<string, GraphFeed>();
  for (const target of targets) {
    const { inputs, aName, bName, block, blocks, column, columns } = target;
    const width = blocks * rank;
    const a = feeds.get(aName)?.data ?? new Float32Array(inputs * width);
    const b = feeds.get(bName)?.data ?? new Float32Array(width * columns);
    slots.forEach(({ offset }, i) => {
      const pair = pairs[i]?.get(key(target));
      if (!pair) return;
      placeA(a, width, pair, block * rank + offset);
      placeB(b, columns, pair, block * rank + offset, column);
    });
    feeds.set(aName, { data: a, dims: [inputs, width] });
    feeds.set(bName, { data: b, dims: [width, columns] });
  }
  const repeats = new Map(targets.map(({ gateName, blocks }) => [gateName, blocks]));
  const gates: Mix['gates'] = (rows) => {
    const strengths = rows.map((worn) => strengthsOf(slots, rank, worn));
    return new Map([...repeats].map(([name, blocks]) => [name, writeGate(strengths, rank, blocks)]));
  };
  return { rank, feeds, gates };
}

function key({ layer, projection }: { layer: number; projection: string }): string {
  return `${String(layer)} ${projection}`;
}

/** PEFT's A is [rank, inputs]; the graph wants [inputs, width]. */
function placeA(out: Float32Array, width: number, pair: LoraPair, offset: number): void {
  for (let r = 0; r < pair.rank; r++)
    for (let i = 0; i < pair.inputs; i++) out[i * width + offset + r] = pair.a[r * pair.inputs + i] ?? 0;
}

/** PEFT's B is [outputs, rank]; the graph wants [width, columns]. */
function placeB(out: Float32Array, columns: number, pair: LoraPair, offset: number, column: number): void {
  for (let o = 0; o < pair.outputs; o++)
    for (let r = 0; r < pair.rank; r++)
      out[(offset + r) * columns + column + o] = (pair.b[o * pair.rank + r] ?? 0) * pair.scale;
}

/** How strongly each rank of the mix is worn. */
function strengthsOf(slots: readonly Slot[], rank: number, worn: readonly Worn[]): Float32Array {
  const strengths = new Float32Array(rank);
  for (const { adapterId, strength } of worn) {
    const slot = slots.find(({ adapter }) => adapter.id === adapterId);
    if (!slot) throw new LabError('adapter-mismatch', `The adapter “${adapterId}” is not loaded into this model.`);
    if (!(strength >= 0 && strength <= MAX_STRENGTH))
      throw new LabError(
        'adapter-unsupported',
        `Strength ${String(strength)} is outside 0 to ${String(MAX_STRENGTH)}.`,
      );
    for (let r = slot.offset; r < slot.offset + slot.rank; r++) strengths[r] = (strengths[r] ?? 0) + strength;
  }
  return strengths;
}

function writeGate(rows: readonly Float32Array[], rank: number, blocks: number): GraphFeed {
  const data = new Float32Array(rows.length * blocks * rank);
  rows.forEach((strengths, row) => {
    for (let block = 0; block < blocks; block++) data.set(strengths, (row * blocks + block) * rank);
  });
  return { data, dims: [rows.length, 1, blocks * rank] };
}
