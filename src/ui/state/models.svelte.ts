import type { DeviceChoice, Lab, ModelInfo } from '../../lab';
import { bytesOf, percent } from '../words/numbers';

/** The reader and the finder as the masthead tells them. */
export class Models {
  reader = $state.raw<ModelInfo | null>(null);
  finder = $state.raw<ModelInfo | null>(null);
  /** Until the reader is loaded, judged by its pace so far. */
  secondsLeft = $state<number | null>(null);
  private from: { readonly at: number; readonly done: number } | null = null;

  constructor(private readonly lab: Lab) {}

  listen(): () => void {
    return this.lab.onModels(({ reader, finder }) => {
      this.reader = reader;
      this.finder = finder;
      this.estimate(reader);
    });
  }

  private estimate({ state }: ModelInfo): void {
    this.secondsLeft = null;
    if (state.kind !== 'loading') {
      this.from = null;
      return;
    }
    const now = performance.now();
    this.from ??= { at: now, done: state.done };
    const pace = (state.done - this.from.done) / (now - this.from.at);
    if (pace > 0 && state.total !== null)
      this.secondsLeft = Math.max(1, Math.round((state.total - state.done) / pace / 1000));
  }

  useDevice(which: 'reader' | 'finder', choice: DeviceChoice): void {
    this.lab.useDevice(which, choice);
  }

  get readerReady(): boolean {
    return this.reader?.state.kind === 'ready';
  }

  retry(which: 'reader' | 'finder'): void {
    this.lab.retry(which);
  }

  /** Those that failed and those that were stopped. */
  retryFailed(): void {
    if (canLoadAgain(this.reader)) this.lab.retry('reader');
    if (canLoadAgain(this.finder)) this.lab.retry('finder');
  }

  stop(): void {
    this.lab.stopLoading();
  }
}

export function canLoadAgain(model: ModelInfo | null): boolean {
  return model?.state.kind === 'failed' || model?.state.kind === 'stopped';
}

/** `ready`, `loading 63%`, `failed`, `stopped`. */
export function stateWord(model: ModelInfo | null): string {
  const state = model?.state;
  if (!state || state.kind === 'waiting') return 'waiting';
  if (state.kind !== 'loading') return state.kind;
  return state.total === null ? 'loading' : `loading ${String(percent(state.done, state.total))}%`;
}

/** How much of it has come: `2.6 of 4.1 MB`; null when it is not coming. */
export function loadedSoFar(model: ModelInfo | null): string | null {
  return model?.state.kind === 'loading' ? bytesOf(model.state.done, model.state.total) : null;
}
