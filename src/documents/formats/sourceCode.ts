/** Source code as it stands, cut at its declarations of the first level. */
import { decodeText } from '../decoding';
import type { DocumentReader, Section } from '../document';
import { baseName, extensionOf } from '../kinds';
import { shortHeading } from '../sections';
import { declarationIn } from './sourceCode/languages';

/** Lines that belong to the declaration below them: comments, decorators, attributes. */
const ABOVE = /^(?:\/\/|\/\*|\s*\*|#(?!include|define|if|endif|else|pragma)|@|--|"""|;|%|\[<?\w)/;
const CLOSES = /^[})\]]|^end\b/;

// eslint-disable-next-line require-yield -- read in one step
export const readSourceCode: DocumentReader = async function* ({ name, bytes }) {
  const text = decodeText(name, bytes);
  return { title: baseName(name), text, sections: sectionsOf(text, extensionOf(name)) };
};

/** Declarations that stand line upon line are one section, named by the first of them. */
function sectionsOf(text: string, extension: string): Section[] {
  const declaration = declarationIn(extension);
  const found: { start: number; heading: string }[] = [];
  let above: number | null = null;
  let apart = true;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, Math.min(end, start + 300));
    const heading = declaration?.(line) ?? null;
    if (heading !== null) {
      if (apart) found.push({ start: above ?? start, heading: shortHeading(heading) });
      [above, apart] = [null, false];
    } else if (line.trim() === '') [above, apart] = [null, true];
    else if (ABOVE.test(line)) above ??= apart ? start : null;
    else [above, apart] = [null, CLOSES.test(line)];
    start = end + 1;
  }
  const before = { level: 0, heading: '', start: 0, end: found[0]?.start ?? text.length };
  return [
    before,
    ...found.map(({ start, heading }, i) => ({ level: 2, heading, start, end: found[i + 1]?.start ?? text.length })),
  ];
}
