import type { Chunk } from '../documents/document';
import type { Evidence } from '../questions/question';

/** Whether any of the marked evidence lies in the chunk; both hold offsets into the same document's text. */
export function holdsEvidence(chunk: Chunk, evidence: Evidence): boolean {
  return (
    evidence.documentId === chunk.documentId &&
    evidence.start < evidence.end &&
    evidence.start < chunk.end &&
    evidence.end > chunk.start
  );
}

export function holdsAnyEvidence(chunk: Chunk, evidence: readonly Evidence[]): boolean {
  return evidence.some((marked) => holdsEvidence(chunk, marked));
}
