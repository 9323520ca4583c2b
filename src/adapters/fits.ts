/** Whether an adapter can be worn by a model. */
import { LabError } from '../errors';
import type { Adapter, LoraPair } from './adapter';
import type { GraftTarget } from './graft/graft';
import { fitted } from './fitted';

/** An adapter without its values. */
export interface AdapterShape extends Pick<Adapter, 'label' | 'baseModel'> {
  readonly pairs: readonly Pick<LoraPair, 'layer' | 'projection' | 'inputs' | 'outputs'>[];
}

/**
 * Throws `adapter-mismatch` with a sentence that names the first linear that differs, and both bases where their names
 * differ too. A name alone refuses nothing: copies, quantised forms and mirrors of a model carry names of their own.
 */
export function checkFits(adapter: AdapterShape, targets: readonly GraftTarget[], baseName: string): void {
  const seen = new Set<string>();
  for (const { layer, projection, inputs, outputs } of fitted(adapter.pairs, targets)) {
    const place = `layer ${String(layer)}, ${projection}`;
    const target = targets.find((one) => one.layer === layer && one.projection === projection);
    if (!target)
      throw mismatch(adapter, baseName, `“${adapter.label}” changes ${place}, where ${baseName} takes no adapters.`);
    if (target.inputs !== inputs || target.outputs !== outputs)
      throw mismatch(
        adapter,
        baseName,
        `“${adapter.label}” is for a model whose ${place} is ${shape(inputs, outputs)}; in ${baseName} it is ${shape(target.inputs, target.outputs)}.`,
      );
    if (seen.has(place))
      throw mismatch(adapter, baseName, `“${adapter.label}” changes ${place} twice: alone, and packed with others.`);
    seen.add(place);
  }
}

/** Whether the last parts of their names agree: local copies and mirrors (`/home/me/llama-1b`, `mirror/Llama-1B`) carry other owners. */
export function sameBase(a: string, b: string): boolean {
  return lastPart(a) === lastPart(b);
}

function mismatch({ baseModel }: AdapterShape, baseName: string, what: string): LabError {
  const other = baseModel !== null && !sameBase(baseModel, baseName) ? ` It was trained for ${baseModel}.` : '';
  return new LabError('adapter-mismatch', what + other);
}

function lastPart(name: string): string | undefined {
  return name.split(/[/\\]/).filter(Boolean).at(-1)?.toLowerCase();
}

function shape(inputs: number, outputs: number): string {
  return `${String(inputs)} × ${String(outputs)}`;
}
