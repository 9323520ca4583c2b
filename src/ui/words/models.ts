/** What the Models screen says about a model, in words; colour and shape only repeat it. */
import type { CatalogueModel, Download, Fit, ModelOrigin } from '../../lab';
import { type ModelAction, lacksGpu } from '../state/modelAction';
import { bytes, duration, percent } from './numbers';

export const ORIGINS: readonly { readonly origin: ModelOrigin; readonly title: string; readonly about: string }[] = [
  { origin: 'built-in', title: 'Built in', about: 'Come with the page and need no network.' },
  { origin: 'hub', title: 'From a hub', about: 'Downloaded once, checked, and kept in this browser.' },
  { origin: 'webllm', title: 'WebLLM', about: 'Run by another engine, which needs WebGPU. No adapters on it yet.' },
  { origin: 'server', title: 'Servers', about: 'Run elsewhere: what a lane shows them leaves this device.' },
  { origin: 'disk', title: 'From disk', about: 'Read from files you brought; nothing was uploaded.' },
];

const FIT_WORDS: Readonly<Record<Fit['verdict'], string>> = {
  fits: 'Fits',
  tight: 'Tight',
  'too-large': 'Too large',
  unknown: 'Unknown',
};

export function fitWords(fit: Fit): string {
  return lacksGpu(fit) ? 'Cannot run here' : FIT_WORDS[fit.verdict];
}

/** Why a model does not fit, or barely; null where the meter says enough. */
export function fitReason({ verdict, because, has, needs }: Fit): string | null {
  if (verdict === 'fits') return null;
  switch (because) {
    case 'no-gpu':
      return 'needs WebGPU, which is not here';
    case 'f16':
      return 'needs half precision (f16), which is not here';
    case 'storage':
      return has === null ? 'storage may not suffice' : `${bytes(has)} of storage is free`;
    case 'tensor':
      return 'one of its tensors is larger than the GPU’s largest buffer, so that the GPU may refuse it';
    case 'memory':
      return verdict === 'tight' ? 'may run out of memory' : 'not enough memory';
    case null:
      return verdict === 'unknown' && needs !== null ? 'this device does not say what it has' : null;
  }
}

/** Words on the button; the model's name follows them in its accessible name. */
export function actionWords(action: ModelAction, { fit }: CatalogueModel): string {
  switch (action.kind) {
    case 'in-use':
      return 'In use';
    case 'use':
      return 'Use';
    case 'look-up':
      return 'Look up size';
    case 'download':
      return action.bytes === null ? 'Download' : `Download ${bytes(action.bytes)}`;
    case 'pause':
      return 'Pause';
    case 'resume':
      return action.percent === null ? 'Resume' : `Resume, ${String(action.percent)}%`;
    case 'try-now':
      return 'Try now';
    case 'retry':
      return 'Retry';
    case 'allow':
      return 'Not allowed yet';
    case 'too-large':
      if (fit.because === 'no-gpu') return 'Needs WebGPU';
      if (fit.because === 'f16') return 'Needs f16';
      return fit.needs === null ? 'Does not fit' : `Needs ${bytes(fit.needs)}`;
  }
}

/** `64%, about 40 s left`; null when neither is known. */
export function paceWords(done: number, total: number | null, secondsLeft: number | undefined): string | null {
  const share = total === null ? [] : [`${String(percent(done, total))}%`];
  const left = secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`];
  return [...share, ...left].join(', ') || null;
}

/** `Tries again in 12 s.`; without a time it waits for the network. */
export function waitWords({ until }: Extract<Download, { kind: 'waiting' }>, now: number): string {
  if (until === null) return 'Goes on as soon as there is a network.';
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return seconds === 0 ? 'Trying again.' : `Tries again in ${String(seconds)} s.`;
}

/** What is known of its size, under Download. */
export function sizeWords({ bytes: size, kept, origin }: CatalogueModel): string {
  if (origin === 'server') return 'none';
  const known = size ?? (kept.kind === 'whole' ? kept.bytes : null);
  return known === null ? 'unknown' : bytes(known);
}

/** `gpu.example`, of an address. `URL` would write the star of a pattern as `%2A`. */
export function hostOf(address: string): string {
  return /^[a-z]+:\/\/([^/?#]+)/i.exec(address)?.[1] ?? address;
}
