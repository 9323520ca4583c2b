import { LabError } from '../errors';

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

export async function fetchSampleText(base: string, file: string, signal: AbortSignal): Promise<string> {
  return (await get(base, file, signal)).text();
}

export async function fetchSampleBytes(
  base: string,
  file: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await get(base, file, signal)).arrayBuffer());
}

async function get(base: string, file: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(base + FOLDER + file, { signal });
  if (!response.ok)
    throw new LabError('model-missing', `The sample file ${file} is not there (answer ${String(response.status)}).`);
  return response;
}
