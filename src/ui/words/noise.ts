/** What a lane with noise or with whole documents has to tell, and what a ladder showed. */
import { type Break, type Ladder, type Missing, breakOf } from '../../lanes/ladder';
import type { BookReport, NoiseReport } from '../../lanes/lane';
import type { NoiseKind } from '../../retrieval/noise';
import { count, joined, sentence } from './numbers';

export const KIND_WORDS: Readonly<Record<NoiseKind, string>> = {
  'stale version': 'Stale version',
  'look-alike': 'Look-alike',
  random: 'Random',
  'other entity': 'Same question, other entity',
  contradiction: 'Contradiction',
  'value removed': 'Value removed',
  'injected instruction': 'Injected instruction',
};

const many = (n: number, one: string): string => `${count(n)} ${one}${n === 1 ? '' : 's'}`;

export function replacedWords(replaced: number): string | null {
  if (replaced === 0) return null;
  return sentence(`${many(replaced, 'candidate')} held the answer and ${replaced === 1 ? 'was' : 'were'} replaced.`);
}

export function noiseWords({ asked, shown, replaced, leftOut }: NoiseReport): string[] {
  const out = many(leftOut, 'passage');
  return [
    ...(leftOut > 0 ? [sentence(`${out} with the answer ${leftOut === 1 ? 'is' : 'are'} left out.`)] : []),
    ...(shown < asked
      ? [`Only ${count(shown)} of ${count(asked)} noise passages: the library has no more of these kinds.`]
      : []),
    ...[replacedWords(replaced)].filter((words) => words !== null),
  ];
}

const tokens = (n: number): string => `${n.toLocaleString('en')} tokens`;

/** The book against the window; `cut` is the warning. */
export function bookWords({ chunks, tokens: all, window, cut }: BookReport): { size: string; cut: string | null } {
  const holds = window === null ? 'the model’s window is unknown' : `the model’s window holds ${tokens(window)}`;
  const size = `Whole documents: ${all === null ? 'tokens unknown' : tokens(all)} in ${many(chunks, 'passage')}; ${holds}.`;
  const last = cut?.chunks === 1 ? 'passage was' : `${count(cut?.chunks ?? 0)} passages were`;
  return { size, cut: cut && `Cut to fit: the last ${last} left out, ${tokens(cut.tokens)}.` };
}

export const MISSING_WORDS: Readonly<Record<Missing, string>> = {
  window: 'does not fit',
  library: 'no more noise',
};

/** What follows the name of a series. */
export function breakWords(found: Break): string {
  switch (found.kind) {
    case 'unmarked':
      return 'not marked';
    case 'never':
      return 'not correct even without noise';
    case 'holds':
      return found.upTo === 0 ? 'correct without noise' : `holds up to ${String(found.upTo)}`;
    case 'breaks':
      return `breaks at ${String(found.at)}`;
  }
}

/** `labels` name the series, in their order; the first may be that of no adapter. */
export function ladderFinding(ladder: Ladder, labels: readonly string[]): string {
  const found = labels.map((label, i) => ({ bare: ladder.series[i]?.length === 0, label, at: breakOf(ladder, i) }));
  if (found.every(({ at }) => at.kind === 'unmarked'))
    return 'This question has no known answer, so no rung is marked. The table shows what was said.';
  const clauses = found.map(
    ({ bare, label, at }) => `${bare ? 'without an adapter' : `with ${label}`} the answer ${breakClause(at)}`,
  );
  return `${sentence(clauses.join('; '))}. One question proves little.`;
}

function breakClause(found: Break): string {
  switch (found.kind) {
    case 'unmarked':
      return 'is not marked';
    case 'never':
      return 'is not correct even without noise';
    case 'holds':
      return found.upTo === 0 ? 'is correct without noise' : `stays correct up to ${many(found.upTo, 'noise passage')}`;
    case 'breaks':
      return `breaks at ${many(found.at, 'noise passage')}`;
  }
}

/** Rungs without answers, in sentences. */
export function missingWords({ rungs }: Ladder): string[] {
  return (['window', 'library'] as const).flatMap((why) => {
    const at = rungs.filter(({ missing }) => missing === why).map(({ noise }) => String(noise));
    if (at.length === 0) return [];
    const with_ = `${joined(at)} noise passages`;
    return why === 'window'
      ? [`With ${with_} the prompt does not fit the model’s window.`]
      : [`The library has not enough noise of these kinds for ${with_}.`];
  });
}
