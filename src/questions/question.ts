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

/** What of a document evidence is looked up in: every `Document` is one. */
export interface EvidenceText {
  readonly id: string;
  readonly text: string;
}

/** A kind of file with questions. `documents` by file name. Throws `bad-questions`, naming the line. */
export interface QuestionFormat {
  /** Lower case, with the dot. */
  readonly extensions: readonly string[];
  parse(name: string, text: string, documents: ReadonlyMap<string, EvidenceText>): Question[];
}
