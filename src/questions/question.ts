/** Questions and what counts as their answer. Refuses to know: models, retrieval, lanes. */

/** Where a document says so: offsets into the document's text. */
export interface Evidence {
  readonly documentId: string;
  readonly start: number;
  readonly end: number;
}

export type QuestionKind = 'plain' | 'rephrased' | 'unanswerable';

/** `accepted` holds the answer and its aliases; null = nobody knows, [] with kind `unanswerable` = declining is right. */
export interface Question {
  readonly id: string;
  readonly text: string;
  readonly accepted: readonly string[] | null;
  readonly evidence: readonly Evidence[];
  readonly kind: QuestionKind;
  readonly rephrases: string | null;
}

export type Verdict = 'correct' | 'wrong' | 'abstained';
