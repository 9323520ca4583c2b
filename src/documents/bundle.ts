/** Many files at once: a folder, or a zip of documents. What of it is read, and what is refused before it is unpacked. */
import { LabError } from '../errors';
import type { ZipHead, ZipRefusals } from '../zip';

/** In one go. Each is a row of the library. */
export const MAX_FILES = 2_000;
/** Of one zip, all files that are read of it together; they are unpacked one after another. */
const MAX_UNPACKED = 1_000_000_000;
/** Text shrinks to a tenth, tables and logs to a fiftieth. */
const MOST_OF_ONE = 200;
/** Too little to do harm, however tightly packed. */
const HARMLESS = 1_000_000;

export const ZIP_REFUSALS: ZipRefusals = { damaged: 'document-unreadable', unsupported: 'document-locked' };

export function isZip(name: string): boolean {
  return /\.zip$/i.test(name);
}

/** What systems and programs put into folders for themselves. `path` begins with the name of the folder or zip. */
export function isHidden(path: string): boolean {
  const [, ...steps] = path.split('/');
  return steps.some((step) => step.startsWith('.') || /^(?:__MACOSX|Thumbs\.db|desktop\.ini|node_modules)$/.test(step));
}

/** As a path below the zip's own name, whatever system wrote it. */
export function pathInZip(zip: string, { path }: ZipHead): string {
  return [zip, ...path.split(/[\\/]/).filter((step) => step !== '' && step !== '.')].join('/').toWellFormed();
}

/** Throws `too-many-files`. */
export function refuseTooMany(count: number): void {
  if (count <= MAX_FILES) return;
  const [many, most] = [count.toLocaleString('en'), MAX_FILES.toLocaleString('en')];
  throw new LabError('too-many-files', `These are ${many} files; at most ${most} are read in one go.`);
}

/** Goes by the directory alone, which unpacking then holds each file to. Throws `document-too-large`. */
export function refuseUnpacked(name: string, heads: readonly ZipHead[]): void {
  const bytes = heads.reduce((sum, head) => sum + head.bytes, 0);
  if (bytes <= MAX_UNPACKED) return;
  const megabytes = (bytes / 1e6).toFixed(0);
  throw new LabError('document-too-large', `“${name}” would unpack to ${megabytes} MB; the limit is 1,000 MB.`);
}

/** Throws `document-too-large` for what no document shrinks to, and `unknown-format` for a zip within the zip. */
export function refuseInZip(name: string, { bytes, packed }: ZipHead): void {
  if (isZip(name)) {
    const why = `“${name}” is a zip within a zip, which is not opened: unpack the outer one and drop that.`;
    throw new LabError('unknown-format', why);
  }
  if (bytes <= Math.max(HARMLESS, packed * MOST_OF_ONE)) return;
  const [from, to] = [(packed / 1e3).toFixed(0), (bytes / 1e6).toFixed(0)];
  const why = `“${name}” would grow from ${from} kB to ${to} MB, which no document does.`;
  throw new LabError('document-too-large', why);
}
