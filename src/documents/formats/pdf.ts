/** PDF through pdf.js: its text with places on each page; `pdf/` makes lines, paragraphs and headings of it. */
import type { PDFDocumentProxy, getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { LabError, asLabError, isAbort } from '../../errors';
import type { Job, Progress } from '../../job';
import type { DocumentReader, FileToRead } from '../document';
import { readingOrder } from './pdf/columns';
import { flow } from './pdf/flow';
import { withoutFurniture } from './pdf/furniture';
import type { Page } from './pdf/page';
import { type TextPiece, toSegments } from './pdf/segments';

type PdfJs = { readonly getDocument: typeof getDocument };

/** Together about two minutes of reading on a slow machine. */
const MAX_PAGES = 10_000;
/** Far more than fits on paper: a page that was made to eat memory. */
const MAX_PIECES = 100_000;
const MAX_CHARACTERS = 30_000_000;

/** In pages. What pdf.js keeps of each is five times its text. */
const CLEAN_EVERY = 100;

let characterMap: ((name: string) => Promise<Uint8Array>) | null = null;

/** Where the tables of Chinese, Japanese and Korean character codes come from (`name` as in pdf.js's `cmaps/`). */
export function useCharacterMaps(read: (name: string) => Promise<Uint8Array>): void {
  characterMap = read;
}

/** One document's. pdf.js reads on without a map that fails, which leaves out the text: `missing` is what could not be had. */
function characterMaps(missing: string[]) {
  return class {
    async fetch({ name }: { name: string }): Promise<{ cMapData: Uint8Array; isCompressed: true }> {
      try {
        if (!characterMap) throw new Error(`There is no character map ${name} here.`);
        return { cMapData: await characterMap(name), isCompressed: true };
      } catch (error) {
        missing.push(name);
        throw error;
      }
    }
  };
}

/** Shapes of glyphs are for drawing: text is read without them. */
class NoFiles {
  fetch(): Promise<never> {
    return Promise.reject(new Error('Nothing is drawn here.'));
  }
}

export const readPdf: DocumentReader = async function* (file, signal) {
  const missing: string[] = [];
  const pdf = await open(await pdfJs(), file, missing);
  try {
    const { pages, unreadable } = yield* readPages(pdf, file.name, missing, signal);
    const read = flow(withoutFurniture(pages));
    if (read.text === '') throw noText(file.name, pages.length, unreadable);
    return { ...read, title: (await titleOf(pdf)) ?? read.title };
  } finally {
    await pdf.loadingTask.destroy().catch(() => undefined);
  }
};

/** Its worker half is loaded into this thread, which is a worker already: no script is started by address. */
async function pdfJs(): Promise<PdfJs> {
  const [library, pdfjsWorker] = await Promise.all([
    import('pdfjs-dist/legacy/build/pdf.mjs'),
    // @ts-expect-error -- it has no types; pdf.js looks for it under this name
    import('pdfjs-dist/legacy/build/pdf.worker.mjs') as Promise<unknown>,
  ]);
  Object.assign(globalThis, { pdfjsWorker });
  return library;
}

async function open(
  { getDocument }: PdfJs,
  { name, bytes, password }: FileToRead,
  missing: string[],
): Promise<PDFDocumentProxy> {
  const task = getDocument({
    data: bytes,
    ...(password === undefined ? {} : { password }),
    CMapReaderFactory: characterMaps(missing),
    StandardFontDataFactory: NoFiles,
    WasmFactory: NoFiles,
    useWasm: false,
    useWorkerFetch: false,
    useSystemFonts: false,
    disableFontFace: true,
    isEvalSupported: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    verbosity: 0,
  });
  try {
    return await task.promise;
  } catch (error) {
    void task.destroy().catch(() => undefined);
    if (error instanceof Error && error.name === 'PasswordException')
      throw password === undefined
        ? new LabError('password-needed', `“${name}” opens only with its password.`)
        : new LabError('password-wrong', `“${name}” stays closed.`);
    throw damaged(name, error);
  }
}

async function* readPages(
  pdf: PDFDocumentProxy,
  name: string,
  missing: readonly string[],
  signal: AbortSignal,
): Job<Progress, { pages: Page[]; unreadable: number }> {
  const total = pdf.numPages;
  if (total > MAX_PAGES)
    throw new LabError('document-too-large', `“${name}” has ${String(total)} pages; the limit is ${MAX_PAGES}.`);
  const pages: Page[] = [];
  let unreadable = 0;
  let characters = 0;
  for (let number = 1; number <= total; number++) {
    signal.throwIfAborted();
    yield { step: `Reading ${name}`, done: number, total, unit: 'pages' };
    try {
      const page = await readPage(pdf, number);
      pages.push(page);
      for (const { text } of page.lines) characters += text.length;
    } catch (error) {
      // One damaged page does not cost the others; pages without text are counted in the library.
      if (asLabError(error).code === 'out-of-memory') throw error;
      pages.push({ lines: [], height: 0 });
      unreadable++;
    }
    const [map] = missing;
    if (map !== undefined)
      throw new LabError('part-not-fetched', `“${name}” needs the character map “${map}”, which could not be fetched.`);
    if (number % CLEAN_EVERY === 0) await pdf.cleanup();
    if (characters > MAX_CHARACTERS)
      throw new LabError('document-too-large', `“${name}” has more than ${MAX_CHARACTERS} characters.`);
  }
  return { pages, unreadable };
}

async function readPage(pdf: PDFDocumentProxy, number: number): Promise<Page> {
  const page = await pdf.getPage(number);
  const { width, height, transform } = page.getViewport({ scale: 1 });
  const pieces: TextPiece[] = [];
  const reader = page.streamTextContent().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (const item of (part.value as { items: (TextPiece | { type: string })[] }).items)
      if ('str' in item) pieces.push(item);
    if (pieces.length <= MAX_PIECES) continue;
    await reader.cancel(new Error('Too much text.'));
    throw new Error(`Page ${String(number)} has too much text.`);
  }
  page.cleanup();
  return { lines: readingOrder(toSegments(pieces, transform, { width, height })), height };
}

/** The title its author gave it; many programs write a file's name or their own there. */
async function titleOf(pdf: PDFDocumentProxy): Promise<string | null> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const title = (info as { Title?: unknown }).Title;
  if (typeof title !== 'string') return null;
  const words = title.replace(/\s+/g, ' ').trim().slice(0, 200).toWellFormed();
  const junk = /^(?:\(?untitled\)?|\(?anonymous\)?|microsoft \w+ - .*|.*\.\w{2,5}|\W*)$/i;
  return junk.test(words) ? null : words;
}

function noText(name: string, pages: number, unreadable: number): LabError {
  if (unreadable === pages) return new LabError('document-unreadable', `No page of “${name}” can be read.`);
  const count = pages === 1 ? '1 page' : `${String(pages)} pages`;
  const why = `“${name}” has ${count} and no text in ${pages === 1 ? 'it' : 'them'}: probably scanned pictures.`;
  return new LabError('empty-document', why);
}

function damaged(name: string, error: unknown): LabError {
  const known = asLabError(error);
  if (isAbort(error) || known.code !== 'unexpected') return known;
  const why = known.message.replace(/\.$/, '');
  return new LabError('document-unreadable', `“${name}” is no whole PDF (${why}).`, { cause: error });
}
