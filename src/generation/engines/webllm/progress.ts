import type { Progress } from '../../../job';

const STEPS: readonly (readonly [RegExp, string, Progress['unit']])[] = [
  [/^Fetching param cache\[(\d+)\/(\d+)\]/, 'Downloading', 'files'],
  [/^Loading model from cache\[(\d+)\/(\d+)\]/, 'Loading', 'files'],
  [/^Loading GPU shader modules\[(\d+)\/(\d+)\]/, 'Preparing the GPU', 'parts'],
];

/** From the library's reports, which say exactly only how many pieces are done. Null for one that says nothing. */
export function progressIn({ text, progress }: { readonly text: string; readonly progress: number }): Progress | null {
  for (const [pattern, step, unit] of STEPS) {
    const [, done, total] = pattern.exec(text) ?? [];
    if (done !== undefined) return { step, done: Number(done), total: Number(total), unit };
  }
  return progress === 1 && text.startsWith('Finish') ? { step: 'Loaded', done: 1, total: 1, unit: 'parts' } : null;
}
