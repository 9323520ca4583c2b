/**
 * XML as DOCX and EPUB have it: a tree, names without the prefixes of their namespaces. A document type is passed by,
 * so no entity but XML's own five is ever expanded. Source: https://www.w3.org/TR/xml/
 */
import { LabError } from '../../errors';
import type { Node } from './tree';

/** Those who walk the tree may recurse. */
const MAX_DEPTH = 400;
const MAX_NODES = 2_000_000;
const NO_CHILDREN: readonly Node[] = [];
const NO_ATTRIBUTES: NonNullable<Node['attrs']> = [];
const TAG = /<([^\s/>!?=]+)((?:\s+[^\s=/>]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES = new Map(Object.entries({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }));
/** What holds no elements: its beginning and its end. */
const PASSED: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<?', '?>'],
];

interface Open {
  readonly name: string;
  readonly childNodes: Node[];
}

/** Throws `document-unreadable` for what is not well formed, `document-too-large` for more than two million nodes. */
export function parseXml(name: string, source: string): Node {
  const damaged = (what: string) => new LabError('document-unreadable', `“${name}” is damaged: ${what}.`);
  const root: Open = { name: '', childNodes: [] };
  const open = [root];
  let here = root;
  let nodes = 0;
  const add = (node: Node) => {
    if (++nodes > MAX_NODES) throw new LabError('document-too-large', `“${name}” has more than ${MAX_NODES} parts.`);
    here.childNodes.push(node);
  };
  const endOf = (mark: string, from: number) => {
    const at = source.indexOf(mark, from);
    if (at === -1) throw damaged('it breaks off');
    return at;
  };
  for (let at = 0; at < source.length;) {
    const next = source.indexOf('<', at);
    const end = next === -1 ? source.length : next;
    if (end > at) add({ nodeName: '#text', value: unescaped(source.slice(at, end)) });
    if (next === -1) break;
    const passed = PASSED.find(([begin]) => source.startsWith(begin, next));
    if (passed) {
      at = endOf(passed[1], next + passed[0].length) + passed[1].length;
    } else if (source.startsWith('<![CDATA[', next)) {
      at = endOf(']]>', next) + 3;
      add({ nodeName: '#text', value: source.slice(next + 9, at - 3) });
    } else if (source.startsWith('<!', next)) {
      at = doctypeEnd(source, next, endOf);
    } else if (source.startsWith('</', next)) {
      at = endOf('>', next) + 1;
      const closed = source.slice(next + 2, at - 1).trimEnd();
      if (open.length === 1 || closed !== here.name)
        throw damaged(`“${closed.slice(0, 40)}” ends where it did not begin`);
      open.pop();
      here = open.at(-1) ?? root;
    } else {
      TAG.lastIndex = next;
      const [whole, tag = '', attributes = '', empty] = TAG.exec(source) ?? [];
      if (whole === undefined) throw damaged('it holds a mark that is none of XML');
      const childNodes: Node[] = [];
      const tagName = local(tag);
      const attrs = attributes === '' ? NO_ATTRIBUTES : attributesIn(attributes);
      add({ nodeName: tagName, tagName, attrs, childNodes: empty ? NO_CHILDREN : childNodes });
      if (!empty) {
        here = { name: tag, childNodes };
        if (open.push(here) > MAX_DEPTH) throw damaged(`it nests deeper than ${String(MAX_DEPTH)} levels`);
      }
      at = TAG.lastIndex;
    }
  }
  if (open.length > 1) throw damaged('it breaks off');
  if (!root.childNodes.some(({ tagName }) => tagName)) throw damaged('nothing is in it');
  return { nodeName: '#document', childNodes: root.childNodes };
}

/** An internal subset, which may hold marks of its own, stands in brackets. */
function doctypeEnd(source: string, at: number, endOf: (mark: string, from: number) => number): number {
  const end = endOf('>', at);
  const bracket = source.indexOf('[', at);
  return bracket === -1 || bracket > end ? end + 1 : endOf('>', endOf(']', bracket)) + 1;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function attributesIn(text: string): NonNullable<Node['attrs']> {
  return Array.from(text.matchAll(ATTRIBUTE), ([, name = '', double, single]) => ({
    name: local(name),
    value: unescaped(double ?? single ?? ''),
  }));
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,8}));/gi,
    (whole, decimal?: string, hex?: string, word?: string) => {
      if (decimal === undefined && hex === undefined) return ENTITIES.get(word ?? '') ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code);
    },
  );
}
