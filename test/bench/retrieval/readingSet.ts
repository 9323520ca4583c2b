/** The reading set's own form; `check.py`, which lies beside the data, is its reference. */

export interface ReadingItem {
  readonly title: string;
  readonly organisation: string;
  /** `current`, or what a look-alike is: `old`, `draft`, `other`. */
  readonly kind: string;
  readonly text: string;
  /** Those with an answer; a rephrased one shares it with the question before it. */
  readonly questions: readonly { readonly question: string; readonly answer: string; readonly rephrased: boolean }[];
}

export function readReadingSet(text: string): ReadingItem[] {
  const items: { head: string; lines: string[]; questions: ReadingItem['questions'][number][] }[] = [];
  for (const line of text.split('\n')) {
    const item = items.at(-1);
    if (line.startsWith('=== ')) items.push({ head: line.slice(4), lines: [], questions: [] });
    else if (!line.trim() || line.startsWith('#') || line.startsWith('- ')) continue;
    else if (line.startsWith('? ')) {
      const [question = '', answer = ''] = line.slice(2).split(' => ');
      item?.questions.push({ question: question.trim(), answer: answer.trim(), rephrased: false });
    } else if (line.startsWith('~ ')) {
      const [question = ''] = line.slice(2).split(' => ');
      const answer = item?.questions.at(-1)?.answer ?? '';
      item?.questions.push({ question: question.trim(), answer, rephrased: true });
    } else item?.lines.push(line.trim());
  }
  return items.map(({ head, lines, questions }) => {
    const [named = '', kind = 'current'] = head.split(' || ');
    const [title = '', organisation = ''] = named.split(' | ');
    return {
      title: title.trim(),
      organisation: organisation.trim(),
      kind: kind.trim(),
      text: lines.join('\n'),
      questions,
    };
  });
}
