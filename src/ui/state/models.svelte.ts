import type { DeviceChoice, Lab, ModelInfo, ModelState } from '../../lab';
import { bytesOf, percent } from '../words/numbers';
import { Pace } from './pace';

/** The reader and the finder as the masthead tells them. */
export class Models {
  reader = $state.raw<ModelInfo | null>(null);
  finder = $state.raw<ModelInfo | null>(null);
  /** Until the reader is loaded, judged by its pace so far. */
  secondsLeft = $state<number | null>(null);
  private pace = new Pace();

  /** `inUse` hears which reader lanes run on that name no other, and which it was before. */
  constructor(
    private readonly lab: Lab,
    private readonly inUse: (reader: ModelInfo, before: ModelInfo | null) => void,
  ) {}

  listen(): () => void {
    return this.lab.onModels(({ reader, finder }) => {
      const before = this.reader;
      this.reader = reader;
      this.finder = finder;
      this.estimate(reader.state);
      if (before?.id !== reader.id) this.inUse(reader, before);
    });
  }

  private estimate(state: ModelState): void {
    if (state.kind !== 'loading') this.pace = new Pace();
    this.secondsLeft = state.kind === 'loading' ? this.pace.secondsLeft(state.done, state.total) : null;
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

export function canLoadAgain(model: Pick<ModelInfo, 'state'> | null): boolean {
  return model?.state.kind === 'failed' || model?.state.kind === 'stopped';
}

/** `ready`, `loading 63%`, `failed`, `stopped`. */
export function stateWord(model: Pick<ModelInfo, 'state'> | null): string {
  const state = model?.state;
  if (!state || state.kind === 'waiting') return 'waiting';
  if (state.kind !== 'loading') return state.kind;
  return state.total === null ? 'loading' : `loading ${String(percent(state.done, state.total))}%`;
}

/** How much of it has come: `2.6 of 4.1 MB`; null when it is not coming. */
export function loadedSoFar(model: Pick<ModelInfo, 'state'> | null): string | null {
  return model?.state.kind === 'loading' ? bytesOf(model.state.done, model.state.total) : null;
}
