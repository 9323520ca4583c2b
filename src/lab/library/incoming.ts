import {
  isHidden,
  isZip,
  pathInZip,
  refuseInZip,
  refuseTooMany,
  refuseUnpacked,
  ZIP_REFUSALS,
} from '../../documents/bundle';
import { kindOf } from '../../documents/kinds';
import { refuseUnread } from '../../documents/reading';
import { asLabError, LabError } from '../../errors';
import type { ParseJobs } from '../../workers/jobs';
import { blobSource, listZip, type ZipHead } from '../../zip';
import { bytesOf } from '../reading';
import type { Restartable } from '../worker';

/** A file that may become a document: one that was given, or one in a zip that was. */
export interface Incoming {
  /** With the folders it came in, the zip being one. */
  readonly name: string;
  readonly bytes: number;
  /** ms since 1970; of a file in a zip, the zip's. */
  readonly lastModified: number;
  /** Of no kind that is read, in a folder or zip, where such files are to be expected. */
  readonly passed: boolean;
  /** Throws what its name, its length or its zip rules out. */
  readonly read: (signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;
  /** To be given again alone. */
  readonly alone: (signal: AbortSignal) => Promise<File>;
}

/**
 * What is in files and zips, in their order; of a zip only the directory is read. One that cannot be opened stands for
 * itself. Throws `too-many-files`.
 */
export async function gather(files: readonly File[], parse: Restartable<ParseJobs>): Promise<Incoming[]> {
  const found: Incoming[] = [];
  for (const file of files) {
    const name = nameOf(file);
    if (files.length > 1 && isHidden(name)) continue;
    found.push(...(isZip(name) ? await inZip(name, file, parse) : [given(name, file)]));
    refuseTooMany(found.length);
  }
  return found;
}

function nameOf({ name, webkitRelativePath }: File): string {
  return webkitRelativePath || name;
}

function given(name: string, file: File): Incoming {
  return {
    name,
    bytes: file.size,
    lastModified: file.lastModified,
    passed: name.includes('/') && kindOf(name) === null,
    read: async () => {
      refuseUnread(name, file.size);
      return await bytesOf(file);
    },
    alone: () => Promise.resolve(file),
  };
}

async function inZip(zip: string, file: File, parse: Restartable<ParseJobs>): Promise<Incoming[]> {
  try {
    const heads = (await listZip(blobSource(file), ZIP_REFUSALS)).filter((head) => !isHidden(pathInZip(zip, head)));
    refuseTooMany(heads.length);
    refuseUnpacked(
      zip,
      heads.filter(({ path }) => kindOf(path) !== null),
    );
    const found = heads.map((head) => packed(pathInZip(zip, head), head, file, parse));
    if (found.every(({ passed }) => passed))
      throw new LabError('unknown-format', `“${zip}” holds no file of a kind that can be read.`);
    return found;
  } catch (error) {
    const failure = asLabError(error);
    return [{ ...given(zip, file), passed: false, read: () => Promise.reject(failure) }];
  }
}

function packed(name: string, head: ZipHead, zip: File, parse: Restartable<ParseJobs>): Incoming {
  const read = async (signal: AbortSignal) => {
    refuseInZip(name, head);
    refuseUnread(name, head.bytes);
    return await parse.ask('unpack', { zip, head }, signal);
  };
  return {
    name,
    bytes: head.bytes,
    lastModified: zip.lastModified,
    passed: !isZip(name) && kindOf(name) === null,
    read,
    alone: async (signal) => {
      const options = { lastModified: zip.lastModified };
      const file = new File([await read(signal).catch(() => '')], name.slice(name.lastIndexOf('/') + 1), options);
      return Object.defineProperty(file, 'webkitRelativePath', { value: name });
    },
  };
}
