/** Whether an adapter belongs to a model: by the names of the bases, and by the shapes of what it changes. */
import { LabError } from '../errors';
import { type AdapterShape, checkFits, sameBase } from './fits';
import type { GraftTarget } from './graft/graft';

export type AdapterMatch =
  /** Made for this model, as its config says, and shaped so. */
  | { readonly kind: 'exact' }
  /** It can be worn; whether it was trained for this model nobody says, or its name is another. */
  | { readonly kind: 'shapes' }
  /** `why` is a plain sentence with the first thing that differs. */
  | { readonly kind: 'no'; readonly why: string };

/** The model that is asked to wear it; `targets` are the linears that take adapters. */
export interface AdapterBase {
  readonly baseName: string;
  readonly targets: readonly GraftTarget[];
}

export function matchBase(adapter: AdapterShape, { baseName, targets }: AdapterBase): AdapterMatch {
  try {
    checkFits(adapter, targets, baseName);
  } catch (error) {
    if (error instanceof LabError) return { kind: 'no', why: error.message };
    throw error;
  }
  return { kind: adapter.baseModel !== null && sameBase(adapter.baseModel, baseName) ? 'exact' : 'shapes' };
}
