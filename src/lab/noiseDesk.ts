import type { Job, Progress } from '../job';
import { type Ladder, type LadderRequest, TOP_RUNG, climbLadder } from '../lanes/ladder';
import type { Bench, Noisy } from '../lanes/lane';
import { type NoisePreview, previewNoise } from '../lanes/noisePreview';
import type { Question } from '../questions/question';
import type { Asking } from './asking';

/** Of each kind. */
const PREVIEWED = 2;

type OpenBench = (question: Question, seed: number, signal: AbortSignal) => Promise<Bench>;

/** What noise would be shown, and what more and more of it does. */
export interface NoiseTools {
  /** What each kind would show a lane for this question. Throws `no-evidence`, `worker-lost`. */
  preview(sees: Noisy, question: Question, seed: number, signal: AbortSignal): Promise<readonly NoisePreview[]>;
  /** Answers the question with more and more noise. Throws what an answer failed with. */
  climb(request: LadderRequest, question: Question, seed: number, signal: AbortSignal): Job<Progress, Ladder>;
}

export class NoiseDesk implements NoiseTools {
  constructor(
    private readonly asking: Pick<Asking, 'ask' | 'during'>,
    private readonly open: OpenBench,
  ) {}

  async preview(sees: Noisy, ...asked: Parameters<OpenBench>): Promise<NoisePreview[]> {
    return previewNoise(sees, await this.open(...asked), PREVIEWED);
  }

  async *climb(request: LadderRequest, ...[question, seed, signal]: Parameters<OpenBench>): Job<Progress, Ladder> {
    const asked = performance.now();
    const bench = { ...(await this.open(question, seed, signal)), noisePool: TOP_RUNG };
    const climbing = climbLadder(request, (lanes) => this.asking.ask(lanes, bench, signal, asked));
    return yield* this.asking.during(climbing);
  }
}
