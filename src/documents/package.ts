/** Documents that are a zip inside: DOCX and EPUB. Only parts that hold text are inflated. */
import { LabError } from '../errors';
import { readZip, type ZipEntry } from '../zip';
import { decodedPath } from './address';
import { ZIP_REFUSALS } from './bundle';
import { decodeText } from './decoding';
import type { FileToRead } from './document';
import type { Node } from './formats/tree';
import { parseXml } from './formats/xml';

/** Of all parts together; the inflater may go 0.1 MB beyond before it knows that a part lies about its length. */
const MAX_INFLATED = 19_500_000;
/** The beginning of the container that Office puts locked files into; its old formats are one, too. */
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

export class Package {
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  #inflated = 0;

  /** Throws `document-unreadable` and `document-locked`, as all that reads parts does. */
  constructor(private readonly file: FileToRead) {
    const { name, bytes } = file;
    if (OLE.every((byte, i) => bytes[i] === byte))
      throw new LabError('document-locked', `“${name}” is locked with a password, or of an older kind.`);
    this.#entries = new Map(readZip(bytes, ZIP_REFUSALS).map((entry) => [entry.path.replace(/^\/+/, ''), entry]));
  }

  /** Null where there is no such part. Throws `document-too-large` before more is inflated than 20 MB in all. */
  bytes(path: string): Uint8Array<ArrayBuffer> | null {
    const entry = this.#entries.get(path);
    if (!entry) return null;
    this.#inflated += entry.bytes;
    if (this.#inflated > MAX_INFLATED) {
      const megabytes = (this.#inflated / 1e6).toFixed(0);
      const why = `The text of “${this.file.name}” would unpack to ${megabytes} MB or more; the limit is 20 MB.`;
      throw new LabError('document-too-large', why);
    }
    return entry.read();
  }

  xml(path: string): Node | null {
    const bytes = this.bytes(path);
    const { name } = this.file;
    return bytes && parseXml(name, decodeText(name, bytes, declared(bytes)));
  }
}

function declared(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 200));
  return /^(?:\xef\xbb\xbf)?<\?xml[^>]{1,150}?encoding\s*=\s*["']([\w:.-]+)/.exec(head)?.[1] ?? null;
}

/** Where a part points to; `from` is the part's own path. Marks within the target are left out. */
export function resolvePath(from: string, reference: string): string {
  const [target = ''] = reference.split(/[#?]/);
  const steps = target.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const step of decodedPath(target).split('/'))
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  return steps.join('/');
}
