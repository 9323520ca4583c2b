/** An adapter among files that somebody brought: a folder, its two files, or a zip of either. */
import { LabError } from '../../errors';
import { readZip, type ZipRefusals } from '../../zip';
import { licenceOf } from './licence';

export interface BroughtFile {
  /** With the folders it lay in, by slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

export interface AdapterFiles {
  /** What its folder or file is called; null where they are called as PEFT calls all of them. */
  readonly name: string | null;
  readonly config: string;
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly licence: string | null;
}

const REFUSALS: ZipRefusals = { damaged: 'adapter-damaged', unsupported: 'adapter-unsupported' };

export const CONFIG = 'adapter_config.json';
export const WEIGHTS = 'adapter_model.safetensors';
export const README = 'README.md';
/** A config lists names, a card is prose. */
export const MAX_TEXT_BYTES = 2 ** 20;
export const MAX_WEIGHTS_BYTES = 2 ** 30;

/**
 * Throws `adapter-incomplete` (a file is missing, or there are several adapters), `adapter-unsupported` (a pickle, or
 * files beyond the limits) and what `readZip` throws.
 */
export async function pickAdapter(files: readonly BroughtFile[]): Promise<AdapterFiles> {
  const [zip, ...more] = files.filter(({ path }) => /\.zip$/i.test(path));
  if (zip && more.length === 0 && !files.some(({ path }) => /\.(?:json|safetensors)$/.test(path))) {
    refuseTooLarge(zip, MAX_WEIGHTS_BYTES);
    const entries = readZip(await zip.read(), REFUSALS).map(({ read, ...entry }) => ({
      ...entry,
      read: async () => read(),
    }));
    const adapter = await pickAdapter(entries.filter(({ path }) => !/\.zip$/i.test(path)));
    return { ...adapter, name: adapter.name ?? lastName(zip.path).replace(/\.zip$/i, '') };
  }
  const { config, weights } = pairOf(files);
  const readme = files.find(({ path }) => path === folderOf(config.path) + README);
  const name = lastName(folderOf(config.path).slice(0, -1)) || ownName(weights.path);
  return {
    name,
    config: await textOf(config),
    weights: await bytesOf(weights, MAX_WEIGHTS_BYTES),
    licence: readme && readme.bytes <= MAX_TEXT_BYTES ? licenceOf(await textOf(readme)) : null,
  };
}

function pairOf(files: readonly BroughtFile[]): { config: BroughtFile; weights: BroughtFile } {
  const pairs = files
    .filter(({ path }) => lastName(path) === CONFIG)
    .flatMap((config) => {
      const beside = files.filter(({ path }) => folderOf(path) === folderOf(config.path));
      const weights =
        beside.find(({ path }) => lastName(path) === WEIGHTS) ??
        onlyOne(beside, (path) => path.endsWith('.safetensors'));
      return weights ? [{ config, weights }] : [];
    });
  // A training run keeps its checkpoints in folders beside what came of it.
  const depth = Math.min(...pairs.map(({ config }) => config.path.split('/').length));
  const [found, ...others] = pairs.filter(({ config }) => config.path.split('/').length === depth);
  if (found && others.length === 0) return found;
  if (found) {
    const folders = [found, ...others].map(({ config }) => folderOf(config.path));
    throw incomplete(`These are several adapters (${folders.slice(0, 4).join(', ')}): bring one at a time.`);
  }
  const config = onlyOne(files, (path) => path.endsWith('.json'));
  const weights = onlyOne(files, (path) => path.endsWith('.safetensors'));
  if (config && weights) return { config, weights };
  const pickle = files.find(({ path }) => /\.(?:bin|pt|pth|ckpt)$/.test(path));
  if (pickle)
    throw new LabError(
      'adapter-unsupported',
      `${lastName(pickle.path)} is a pickle, which can run code when it is read: save the adapter as safetensors.`,
    );
  throw incomplete(`An adapter is two files: ${CONFIG} and ${WEIGHTS}.`);
}

function onlyOne(files: readonly BroughtFile[], is: (path: string) => boolean): BroughtFile | null {
  const [one, ...more] = files.filter(({ path }) => is(path));
  return one && more.length === 0 ? one : null;
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** With its slash; empty for a file that lies in none. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function ownName(path: string): string | null {
  const name = lastName(path);
  return name === WEIGHTS ? null : name.replace(/\.safetensors$/, '');
}

async function textOf(file: BroughtFile): Promise<string> {
  return new TextDecoder().decode(await bytesOf(file, MAX_TEXT_BYTES));
}

async function bytesOf(file: BroughtFile, most: number): Promise<Uint8Array<ArrayBuffer>> {
  refuseTooLarge(file, most);
  return await file.read();
}

function refuseTooLarge({ path, bytes }: BroughtFile, most: number): void {
  if (bytes > most)
    throw new LabError(
      'adapter-unsupported',
      `${lastName(path)} has ${bytes.toLocaleString('en')} bytes; ${most.toLocaleString('en')} are the most that is read.`,
    );
}

function incomplete(what: string): LabError {
  return new LabError('adapter-incomplete', what);
}
