/** JSON and JSONL: each record a section, each value a line that begins with the path to it. */
import { LabError } from '../../errors';
import { decodeText } from '../decoding';
import type { DocumentReader } from '../document';
import { shortHeading } from '../sections';
import { Records, valueText } from './records';

type Json = string | number | boolean | null | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/** Deeper than people write, and shallow enough to walk. */
const MAX_DEPTH = 100;
const STEP = ' › ';
/** What tells records apart, the best first. */
const LABELS = ['title', 'name', 'label', 'question', 'subject', 'id', 'key'];

// eslint-disable-next-line require-yield -- read in one step
export const readJson: DocumentReader = async function* ({ name, bytes }) {
  const text = decodeText(name, bytes);
  const records = new Records(name);
  const root = /\.(?:jsonl|ndjson)$/i.test(name) ? linesOf(name, text) : parsed(name, text);
  const tooDeep = () => {
    const why = `“${name}” nests deeper than ${String(MAX_DEPTH)} levels.`;
    return new LabError('document-unreadable', why);
  };
  if (isList(root)) list(records, 2, 'Record', root, tooDeep);
  else if (isObject(root)) object(records, root, tooDeep);
  else records.add(0, '', lines('', root, tooDeep));
  return records.read(isObject(root) ? titleIn(root) : null);
};

/** Some write one value a line and call it JSON. */
function parsed(name: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const [first = '', second = ''] = text.trimStart().split('\n', 2);
    if (/^[[{].*[\]}]\s*$/.test(first) && /^[[{]/.test(second)) return linesOf(name, text);
    throw damaged(name, '', cause);
  }
}

function linesOf(name: string, text: string): Json[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as Json];
    } catch (cause) {
      throw damaged(name, `line ${String(i + 1)}: `, cause);
    }
  });
}

function damaged(name: string, where: string, cause: unknown): LabError {
  const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 160) : 'it breaks off';
  return new LabError('document-unreadable', `“${name}” is no JSON: ${where}${why.replace(/\.$/, '')}.`, { cause });
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isSingle(value: Json): boolean {
  return typeof value !== 'object' || value === null;
}

/** A list of single values is one record. */
function list(records: Records, level: number, noun: string, all: readonly Json[], tooDeep: () => LabError): void {
  if (all.every(isSingle)) {
    records.add(level === 2 ? 0 : level, level === 2 ? '' : shortHeading(noun), lines('', all, tooDeep));
    return;
  }
  for (const [i, one] of all.entries()) {
    const written = lines('', one, tooDeep);
    if (written.length === 0) continue;
    const label = isObject(one) ? labelOf(one) : null;
    records.add(level, shortHeading(`${noun} ${String(i + 1)}${label ? `: ${label}` : ''}`), written);
  }
}

/** Single values first, as one record; then each list of records and each object below its key. */
function object(records: Records, root: JsonObject, tooDeep: () => LabError): void {
  const entries = Object.entries(root);
  const isInner = (value: Json) => isObject(value) || (isList(value) && value.some(isObject));
  const single = entries.filter(([, value]) => !isInner(value));
  records.add(
    0,
    '',
    single.flatMap(([key, value]) => lines(key, value, tooDeep)),
  );
  for (const [key, value] of entries) {
    if (!isInner(value)) continue;
    if (isList(value)) {
      records.add(2, shortHeading(key), []);
      list(records, 3, key, value, tooDeep);
    } else records.add(2, shortHeading(key), lines('', value, tooDeep));
  }
}

function lines(path: string, value: Json, tooDeep: () => LabError, depth = 0): string[] {
  if (depth > MAX_DEPTH) throw tooDeep();
  const at = (key: string) => (path === '' ? key : path + STEP + key);
  if (isList(value)) {
    if (!value.every(isSingle)) return value.flatMap((one, i) => lines(at(String(i + 1)), one, tooDeep, depth + 1));
    const words = value.map(wordsOf).filter((one) => one !== '');
    return line(path, words.join(', '));
  }
  if (isObject(value))
    return Object.entries(value).flatMap(([key, one]) => lines(at(shortHeading(key)), one, tooDeep, depth + 1));
  return line(path, wordsOf(value));
}

function line(path: string, words: string): string[] {
  if (words === '') return [];
  return [path === '' ? words : `${path}: ${words}`];
}

function wordsOf(value: Json): string {
  return valueText(typeof value === 'string' ? value.toWellFormed().replace(/\r\n?/g, '\n') : JSON.stringify(value));
}

function labelOf(record: JsonObject): string | null {
  for (const key of LABELS) {
    const value = record[key];
    if ((typeof value === 'string' && value.trim() !== '') || typeof value === 'number') return String(value);
  }
  return null;
}

function titleIn(root: JsonObject): string | null {
  const title = [root.title, root.name].find((one) => typeof one === 'string' && one.trim() !== '');
  return typeof title === 'string' ? shortHeading(title).toWellFormed() : null;
}
