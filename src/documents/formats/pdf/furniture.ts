/** Running heads, running feet and page numbers: what repeats at the edge of neighbouring pages is not the text. */
import { type Line, type Page, bodySize } from './page';

/** The part of a page's height at its top and at its bottom that may hold furniture, and how long that is at most. */
const MARGIN = 0.1;
const LONGEST = 120;
/** Pages to either side in which it must come again, since chapters have running heads of their own; left and right pages differ. */
const WINDOW = 4;
const AGAIN = 2;
/** In points. */
const SAME_PLACE = 3;
/** Larger than the text: the title of a slide, which often repeats. */
const LARGE = 1.15;

export function withoutFurniture(pages: readonly Page[]): Page[] {
  const body = bodySize(pages);
  const edges = pages.map(({ lines, height }) =>
    lines.filter(
      ({ y, size, text }) =>
        (y < MARGIN * height || y > (1 - MARGIN) * height) && size <= LARGE * body && text.length <= LONGEST,
    ),
  );
  const places = new Map<string, Map<number, number>>();
  edges.forEach((lines, page) => {
    for (const line of lines)
      for (const key of keys(line.text, page)) {
        const known = places.get(key) ?? new Map<number, number>();
        places.set(key, known.set(page, line.y));
      }
  });
  const repeats = ({ text, y }: Line, page: number) =>
    keys(text, page).some((key) => {
      let again = 0;
      for (let other = page - WINDOW; other <= page + WINDOW; other++) {
        const place = other === page ? undefined : places.get(key)?.get(other);
        if (place !== undefined && Math.abs(place - y) <= SAME_PLACE) again++;
      }
      return again >= AGAIN;
    });
  return pages.map(({ lines, height }, page) => {
    const dropped = new Set(
      (edges[page] ?? []).filter((line) => isPageNumber(line.text, page + 1) || repeats(line, page)),
    );
    return { lines: lines.filter((line) => !dropped.has(line)), height };
  });
}

/** The same on two pages if the words are, or if its first or last number grows as the pages do, as only page numbers can. */
function keys(text: string, page: number): string[] {
  const plain = text.replace(/\s+/g, ' ');
  const numbers = plain.match(/\d+/g)?.map((digits) => Number(digits) - page) ?? [];
  return [plain, `first ${String(numbers[0])}`, `last ${String(numbers.at(-1))}`].slice(0, numbers.length > 0 ? 3 : 1);
}

function isPageNumber(text: string, number: number): boolean {
  const found = /^\W*(?:page\s+|p\.\s*)?(\d{1,5})(?:\s*(?:of|\/)\s*\d{1,5})?\W*$/iu.exec(text);
  return found !== null && Number(found[1]) === number;
}
