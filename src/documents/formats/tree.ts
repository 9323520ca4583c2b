/** What is parsed, page or XML, as a tree. Walks do not recurse: a page may nest as deep as it likes. */

/** The part of parse5's nodes that is read here. */
export interface Node {
  readonly nodeName: string;
  readonly childNodes?: readonly Node[];
  readonly tagName?: string;
  readonly attrs?: readonly { readonly name: string; readonly value: string }[];
  /** Of text. */
  readonly value?: string;
}

export interface Element {
  readonly node: Node;
  readonly tagName: string;
  readonly role: string | undefined;
}

interface Visitor {
  /** False leaves out all that is below, and `leave`. */
  readonly enter: (element: Element) => boolean;
  readonly leave?: (element: Element) => void;
  readonly text?: (value: string) => void;
}

export function attribute(node: Node, name: string): string | undefined {
  return node.attrs?.find((one) => one.name === name)?.value;
}

export function walk(roots: readonly Node[], { enter, leave, text }: Visitor): void {
  const open: { readonly nodes: readonly Node[]; next: number; readonly element: Element | null }[] = [
    { nodes: roots, next: 0, element: null },
  ];
  for (let level = open.at(-1); level; level = open.at(-1)) {
    const node = level.nodes[level.next++];
    if (!node) {
      open.pop();
      if (level.element) leave?.(level.element);
    } else if (node.nodeName === '#text') {
      text?.(node.value ?? '');
    } else if (node.tagName === undefined) {
      open.push({ nodes: node.childNodes ?? [], next: 0, element: null });
    } else {
      const element = { node, tagName: node.tagName, role: attribute(node, 'role')?.toLowerCase() };
      if (enter(element)) open.push({ nodes: node.childNodes ?? [], next: 0, element });
    }
  }
}

/** Those that match and stand in no other that does. */
export function outermost(root: Node, matches: (element: Element) => boolean): Node[] {
  const found: Node[] = [];
  walk([root], {
    enter(element) {
      if (!matches(element)) return true;
      found.push(element.node);
      return false;
    },
  });
  return found;
}

/** All text below, white space collapsed. */
export function plainText(node: Node): string {
  let all = '';
  walk(node.childNodes ?? [], {
    enter: () => true,
    text: (value) => {
      all += value;
    },
  });
  return all.replace(/\s+/g, ' ').trim();
}

export function text(value: string): Node {
  return { nodeName: '#text', value };
}

export function element(tagName: string, childNodes: readonly Node[]): Node {
  return { nodeName: tagName, tagName, childNodes };
}

/** The children that are elements, of one name where one is given. */
export function children(node: Node | undefined, tagName?: string): Node[] {
  return (node?.childNodes ?? []).filter((one) => one.tagName !== undefined && (!tagName || one.tagName === tagName));
}

/** Down a path of names, the first child of each. */
export function child(node: Node | null | undefined, ...path: readonly string[]): Node | undefined {
  let at = node ?? undefined;
  for (const tagName of path) at = at?.childNodes?.find((one) => one.tagName === tagName);
  return at;
}
