/** The three open sets of ../shared/data, each as corpora of documents with questions and where their answers stand. */
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from '../../../src/documents/document';
import type { Evidence } from '../../../src/questions/question';
import { readCsv } from './csv';
import { readReadingSet } from './readingSet';

export interface AskedQuestion {
  readonly text: string;
  /** What is reported apart: `all`, `plain`, `rephrased`. */
  readonly group: string;
  /** Never empty. */
  readonly evidence: readonly Evidence[];
}

export interface Corpus {
  /** The set, and the corpus in it. */
  readonly set: string;
  readonly name: string;
  readonly documents: readonly Document[];
  readonly questions: readonly AskedQuestion[];
  /** The evidence is all that a good chunk should hold, so that its words can be counted; else it is a short answer. */
  readonly whole: boolean;
}

/** From a checkout beside `shared`, or from a work tree of one. */
const PLACES = ['../shared/data', '../../shared/data'];
const DATA = PLACES.map((place) => join(import.meta.dirname, '../../..', place)).find((place) => existsSync(place));

function document(id: string, title: string, text: string, mediaType = 'text/plain'): Document {
  return { id, title, mediaType, text };
}

/** Chroma's chunking evaluation: five long texts, and questions with the exact spans that answer them. */
async function chunkingEvaluation(folder: string): Promise<Corpus[]> {
  const [, ...rows] = readCsv(await readFile(join(folder, 'questions.csv'), 'utf8'));
  const ids = [...new Set(rows.map(([, , id = '']) => id))];
  return Promise.all(
    ids.map(async (name) => {
      const text = await readFile(join(folder, `${name}.md`), 'utf8');
      const questions = rows
        .filter(([, , id]) => id === name)
        .map(([question = '', references = '[]']) => ({
          text: question,
          group: 'all',
          evidence: (JSON.parse(references) as { content: string; start_index: number; end_index: number }[]).map(
            ({ content, start_index: start, end_index: end }) => {
              // Their offsets count code points in Python; ours count UTF-16 units.
              const at = text.slice(start, end) === content ? start : text.indexOf(content);
              if (at < 0) throw new Error(`${name} does not hold “${content}”.`);
              return { documentId: name, start: at, end: at + content.length };
            },
          ),
        }));
      // Its `.md` files are plain texts with a few marks, and its authors cut them as such.
      return {
        set: 'chunking_evaluation',
        name,
        documents: [document(name, name.replaceAll('_', ' '), text)],
        questions,
        whole: true,
      };
    }),
  );
}

interface ClapnqRecord {
  readonly input: string;
  readonly passages: readonly { readonly title: string; readonly text: string }[];
  readonly output: readonly { readonly selected_sentences?: readonly string[] }[];
}

/** ClapNQ's dev split: the passages of all 600 questions are one corpus; the answerable ones are asked. */
async function clapnq(folder: string): Promise<Corpus[]> {
  const read = async (file: string) =>
    (await readFile(join(folder, file), 'utf8'))
      .split('\n')
      .filter((line) => line.trim())
      .map((line) => JSON.parse(line) as ClapnqRecord);
  const answerable = await read('dev_answerable.jsonl');
  const byText = new Map<string, Document>();
  for (const { passages } of [...answerable, ...(await read('dev_unanswerable.jsonl'))])
    for (const { title, text } of passages)
      if (!byText.has(text)) byText.set(text, document(`clapnq/${String(byText.size)}`, title, text));
  const questions = answerable.flatMap(({ input, passages, output }) => {
    const evidence = passages.flatMap(({ text }) => {
      const { id = '' } = byText.get(text) ?? {};
      const sentences = output.flatMap(({ selected_sentences: chosen = [] }) => chosen);
      return [...new Set(sentences)].flatMap((sentence) => {
        const start = text.indexOf(sentence.trim());
        return start < 0 ? [] : [{ documentId: id, start, end: start + sentence.trim().length }];
      });
    });
    return evidence.length > 0 ? [{ text: input, group: 'all', evidence }] : [];
  });
  return [{ set: 'clapnq', name: 'dev', documents: [...byText.values()], questions, whole: true }];
}

/**
 * Each file is one corpus, its look-alikes included. Asked are the questions of its test split alone (every tenth
 * passage), since the built-in finder learnt from the others.
 */
async function readingSet(folder: string): Promise<Corpus[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = file.replace(/\.txt$/, '');
      const items = readReadingSet(await readFile(join(folder, file), 'utf8'));
      const documents = items.map(({ title, organisation, text }, i) =>
        document(`${name}/${String(i)}`, `${organisation}: ${title}`, text),
      );
      const questions = items
        .map((item, i) => ({ ...item, id: `${name}/${String(i)}` }))
        .filter(({ kind }) => kind === 'current')
        .filter((_, i) => i % 10 === 9)
        .flatMap(({ id, text, questions: asked }) =>
          asked.flatMap(({ question, answer, rephrased }) => {
            const start = text.indexOf(answer);
            const evidence = [{ documentId: id, start, end: start + answer.length }];
            return start < 0 ? [] : [{ text: question, group: rephrased ? 'rephrased' : 'plain', evidence }];
          }),
        );
      return { set: 'reading-set', name, documents, questions, whole: false };
    }),
  );
}

const SETS = { chunking_evaluation: chunkingEvaluation, clapnq, 'reading-set': readingSet };
export type SetName = keyof typeof SETS;
export const SET_NAMES = Object.keys(SETS) as SetName[];

/** Null, and a line that says so, where the data is not there. `data` is the folder of the sets. */
export async function readSet(name: SetName, data = DATA ?? '../shared/data'): Promise<Corpus[] | null> {
  const folder = join(data, name);
  if (existsSync(folder)) return SETS[name](folder);
  process.stderr.write(`skipped ${name}: ${folder} is not there\n`);
  return null;
}
