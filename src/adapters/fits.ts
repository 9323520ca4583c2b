/** Whether an adapter belongs to a model. */
import { LabError } from '../errors';
import type { Adapter } from './adapter';
import type { GraftTarget } from './graft/graft';
import { fitted } from './fitted';

/**
 * Throws `adapter-mismatch` with a sentence that names both bases, or the first linear that differs.
 * Bases are held to be the same when the last part of their names is: local copies and mirrors of a model
 * (`/home/me/llama-1b`, `mirror/llama-1b`) carry other owners. Shapes must agree in any case.
 */
export function checkFits(adapter: Adapter, targets: readonly GraftTarget[], baseName: string): void {
  if (adapter.baseModel !== null && lastPart(adapter.baseModel) !== lastPart(baseName))
    throw new LabError(
      'adapter-mismatch',
      `“${adapter.label}” was trained for ${adapter.baseModel}, but the model here is ${baseName}.`,
    );
  const seen = new Set<string>();
  for (const { layer, projection, inputs, outputs } of fitted(adapter.pairs, targets)) {
    const place = `layer ${String(layer)}, ${projection}`;
    const target = targets.find((one) => one.layer === layer && one.projection === projection);
    if (!target)
      throw new LabError(
        'adapter-mismatch',
        `“${adapter.label}” changes ${place}, where ${baseName} takes no adapters.`,
      );
    if (target.inputs !== inputs || target.outputs !== outputs)
      throw new LabError(
        'adapter-mismatch',
        `“${adapter.label}” is for a model whose ${place} is ${shape(inputs, outputs)}; in ${baseName} it is ${shape(target.inputs, target.outputs)}.`,
      );
    if (seen.has(place))
      throw new LabError(
        'adapter-mismatch',
        `“${adapter.label}” changes ${place} twice: alone, and packed with others.`,
      );
    seen.add(place);
  }
}

function lastPart(name: string): string | undefined {
  return name.split(/[/\\]/).filter(Boolean).at(-1)?.toLowerCase();
}

function shape(inputs: number, outputs: number): string {
  return `${String(inputs)} × ${String(outputs)}`;
}
