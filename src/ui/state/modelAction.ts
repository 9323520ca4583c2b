import type { CatalogueModel, Fit } from '../../lab';
import { percent } from '../words/numbers';

/** The one thing to do next with a model. `percent` is null where the size is unknown. */
export type ModelAction =
  | { readonly kind: 'in-use' }
  | { readonly kind: 'use' }
  | { readonly kind: 'look-up' }
  | { readonly kind: 'download'; readonly bytes: number | null }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume'; readonly percent: number | null }
  | { readonly kind: 'try-now' }
  | { readonly kind: 'retry' }
  /** Its addresses are not let in yet. */
  | { readonly kind: 'allow' }
  | { readonly kind: 'too-large' };

export function actionOf(model: CatalogueModel): ModelAction {
  const { bytes, download, fit, inUse, kept, needsOrigins, origin } = model;
  if (download.kind === 'running') return { kind: 'pause' };
  if (download.kind === 'waiting') return { kind: 'try-now' };
  if (isHere(model)) return { kind: inUse ? 'in-use' : 'use' };
  // No permission and no download would help.
  if (lacksGpu(fit)) return { kind: 'too-large' };
  if (needsOrigins.length > 0) return { kind: 'allow' };
  if (download.kind === 'failed') return { kind: 'retry' };
  if (kept.kind === 'part' && kept.begun === false && kept.of !== null)
    return { kind: 'download', bytes: kept.of - kept.bytes };
  if (kept.kind === 'part') return { kind: 'resume', percent: kept.of === null ? null : percent(kept.bytes, kept.of) };
  // WebLLM's own records give no size of the download, and nowhere to ask for one.
  if (bytes === null && origin === 'hub') return { kind: 'look-up' };
  return fit.verdict === 'too-large' ? { kind: 'too-large' } : { kind: 'download', bytes };
}

/** Whether what it lacks here is no matter of room. */
export function lacksGpu({ because }: Fit): boolean {
  return because === 'no-gpu' || because === 'f16';
}

/** Whether there is anything of it to remove. The model in use stays. */
export function canBeRemoved({ download, inUse, kept, origin }: CatalogueModel): boolean {
  return !inUse && origin !== 'built-in' && origin !== 'server' && kept.kind !== 'none' && download.kind !== 'running';
}

/** It can be asked now: it came with the page, was fetched whole, or runs elsewhere. */
export function isHere({ origin, kept }: CatalogueModel): boolean {
  return origin === 'built-in' || origin === 'server' || kept.kind === 'whole';
}
