import { readMarkdown } from '../documents/formats/markdown';
import { readWith } from '../documents/reading';
import { LabError } from '../errors';
import { finish } from '../job';
import { readQuestions } from '../questions/formats';
import type { EvidenceText, Question } from '../questions/question';

/** `samples/handbook/sample.json`: which files the sample is made of and which of them is replaced by which. */
export interface Sample {
  readonly id: string;
  readonly title: string;
  readonly questions: string;
  readonly documents: readonly { readonly file: string; readonly replacedBy: string | null }[];
}

const FOLDER = 'samples/handbook/';

export async function fetchSample(base: string, signal: AbortSignal): Promise<Sample> {
  return (await (await get(base, 'sample.json', signal)).json()) as Sample;
}

export async function fetchSampleBytes(
  base: string,
  file: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await get(base, file, signal)).arrayBuffer());
}

/** With their evidence, whether the library holds the sample's documents yet or not: ids are hashes, so both agree. */
export async function fetchSampleQuestions(base: string, sample: Sample, signal: AbortSignal): Promise<Question[]> {
  const documents = sample.documents.map(async ({ file }): Promise<[string, EvidenceText]> => {
    // Not by the table of all formats, whose readers belong to the parse worker alone.
    const bytes = await fetchSampleBytes(base, file, signal);
    return [file, await finish(readWith({ markdown: readMarkdown }, { name: file, bytes }, signal))];
  });
  const text = await (await get(base, sample.questions, signal)).text();
  return readQuestions(sample.questions, text, new Map(await Promise.all(documents)));
}

async function get(base: string, file: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(base + FOLDER + file, { signal });
  if (!response.ok)
    throw new LabError('model-missing', `The sample file ${file} is not there (answer ${String(response.status)}).`);
  return response;
}
