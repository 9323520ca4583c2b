/**
 * Versions of one document: what a name says of its revision, and which of two is the newer. The text decides whether
 * they are one document at all; a name alone never does.
 */

/** What a document says of its own version. */
export interface VersionMark {
  /** The names without what tells versions apart; empty where nothing else is left. */
  readonly stems: readonly string[];
  /** `rev. 7`, `v2.1`: its numbers, the largest part first; null where it has none. */
  readonly revision: readonly number[] | null;
  /** ms since 1970; of a month or a year its first day. */
  readonly date: number | null;
  /** Only a year is named, as reports of several years do that are no versions of each other. */
  readonly onlyYear: boolean;
  readonly draft: boolean;
}

export interface Named {
  readonly name: string;
  readonly title: string;
  /** The first lines of its text, where a front matter stands. */
  readonly head: string;
}

export interface Dated {
  readonly mark: VersionMark;
  /** ms since 1970: the file's own date, or when it was added. */
  readonly changed: number;
}

/** Least likeness of two texts with the same name; more is asked where they differ by a year alone. */
export const SAME_NAME = 0.2;
export const SAME_BUT_YEAR = 0.5;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = String.raw`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`;
const YEAR = String.raw`((?:19|20)\d\d)`;

const REVISION =
  /\b(?:revision|rev|version|ver|edition|issue|release|fassung|v|r)[\s._-]*(\d{1,3}(?:\.\d{1,3}){0,2})\b|\b(\d{1,2})(?:st|nd|rd|th)\s+(?:edition|revision|issue)\b/i;
const ISO = new RegExp(String.raw`(?<!\d)${YEAR}[-._/ ]?(0[1-9]|1[0-2])(?:[-._/ ]?(0[1-9]|[12]\d|3[01]))?(?!\d)`);
const WRITTEN = new RegExp(String.raw`\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?${MONTH}\s+${YEAR}\b`, 'i');
const ONLY_YEAR = new RegExp(String.raw`(?<!\d)${YEAR}(?!\d)`);
const DRAFT = /\b(?:draft|entwurf|brouillon|borrador|bozza|wip|proposed|outdated|superseded|obsolete|old|alt)\b/i;
/** Words of no other meaning in a file's name. */
const MARKS =
  /\b(?:draft|entwurf|brouillon|borrador|bozza|wip|proposed|outdated|superseded|obsolete|old|alt|final|endfassung|approved|signed|clean|latest|current|new|updated|revised|copy(?: of)?|kopie)\b|\(\d{1,2}\)/gi;
/** A line of front matter, or of a title page. */
const FRONT =
  /^[\s*_#>|-]*(?:version|revision|rev\.?|edition|date|effective(?: from| date)?|in force (?:from|since)|last (?:updated|revised|changed)|updated|revised|stand)\b[\s*_:|#-]*(.{1,40})$/gim;

/** Reads the name first, then the title, then the front matter. */
export function versionMark({ name, title, head }: Named): VersionMark {
  const places = [plain(name.slice(name.lastIndexOf('/') + 1)), plain(title)];
  const front = [...head.slice(0, 1500).matchAll(FRONT)].map(({ 0: line }) => line);
  const all = [...places, ...front];
  const date = firstOf(all, dateOf);
  return {
    stems: [...new Set(places.map(stemOf))].filter((stem) => /\p{L}{3}/u.test(stem)),
    revision: firstOf(all, revisionOf),
    date: date?.at ?? null,
    onlyYear: date?.onlyYear ?? false,
    draft: places.some((text) => DRAFT.test(text)),
  };
}

/** Whether the two have a name in common, and how alike their texts must be for one to be a version of the other. */
export function leastLikeness(a: VersionMark, b: VersionMark): number | null {
  if (!a.stems.some((stem) => b.stems.includes(stem))) return null;
  const byYear = a.revision === null && b.revision === null && a.onlyYear && b.onlyYear && a.date !== b.date;
  return byYear ? SAME_BUT_YEAR : SAME_NAME;
}

/** Above 0 where `a` is the newer: by revision, then by date, then a draft is the older, then by when it was changed. */
export function compareVersions(a: Dated, b: Dated): number {
  if (a.mark.revision && b.mark.revision) {
    for (let i = 0; i < 3; i++) {
      const more = (a.mark.revision[i] ?? 0) - (b.mark.revision[i] ?? 0);
      if (more !== 0) return more;
    }
  }
  if (a.mark.date !== null && b.mark.date !== null && a.mark.date !== b.mark.date) return a.mark.date - b.mark.date;
  if (a.mark.draft !== b.mark.draft) return a.mark.draft ? -1 : 1;
  return a.changed - b.changed;
}

export interface Replaceable {
  readonly id: string;
  readonly replacedBy: string | null;
}

/**
 * What is in force: each source replaced by the last of those that replace it in turn, as far as they are there. One whose
 * replacement was removed is current again.
 */
export function inForce<T extends Replaceable>(sources: readonly T[]): T[] {
  const byId = new Map(sources.map((source) => [source.id, source]));
  return sources.map((source) => {
    let newest: T | null = null;
    const seen = new Set([source.id]);
    for (
      let next = byId.get(source.replacedBy ?? '');
      next && !seen.has(next.id);
      next = byId.get(next.replacedBy ?? '')
    ) {
      seen.add(next.id);
      newest = next;
    }
    const replacedBy = newest?.id ?? null;
    return replacedBy === source.replacedBy ? source : { ...source, replacedBy };
  });
}

// A title may be a file's name too.
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\.[a-z][a-z0-9]{0,4}$/i, '')
    .replace(/[_+]+|%20/g, ' ')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

function revisionOf(text: string): number[] | null {
  const found = REVISION.exec(text);
  const number = found?.[1] ?? found?.[2];
  return number === undefined ? null : number.split('.').map(Number);
}

function dateOf(text: string): { at: number; onlyYear: boolean } | null {
  const iso = ISO.exec(text);
  if (iso) return { at: Date.UTC(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3] ?? 1)), onlyYear: false };
  const written = WRITTEN.exec(text);
  if (written) {
    const month = MONTHS.indexOf((written[2] ?? '').slice(0, 3).toLowerCase());
    return { at: Date.UTC(Number(written[3]), month, Number(written[1] ?? 1)), onlyYear: false };
  }
  const year = ONLY_YEAR.exec(text);
  return year ? { at: Date.UTC(Number(year[1]), 0, 1), onlyYear: true } : null;
}

function stemOf(text: string): string {
  let stem = text.toLowerCase();
  for (const mark of [REVISION, WRITTEN, ISO, ONLY_YEAR]) stem = stem.replace(new RegExp(mark.source, 'gi'), ' ');
  return (stem.replace(MARKS, ' ').match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

function firstOf<T>(texts: readonly string[], read: (text: string) => T | null): T | null {
  for (const text of texts) {
    const found = read(text);
    if (found !== null) return found;
  }
  return null;
}

/** All that replace each other in turn, the source itself among them. */
export function familyOf<T extends Replaceable>(sources: readonly T[], id: string): T[] {
  const ids = new Set(sources.map((source) => source.id));
  const family = new Set([id]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const source of sources) {
      const { replacedBy } = source;
      if (replacedBy !== null && ids.has(replacedBy) && (family.has(source.id) || family.has(replacedBy)))
        family.add(source.id).add(replacedBy);
    }
  }
  return sources.filter((source) => family.has(source.id));
}

/**
 * Which sources are replaced by which from now on, of those found to be older versions. What the visitor keeps apart stays
 * so, and what is settled already is not settled anew.
 */
export function newlyReplaced(
  sources: readonly (Replaceable & { readonly apartFrom?: readonly string[] })[],
  found: readonly { readonly older: string; readonly newer: string }[],
): Map<string, string> {
  const replaced = new Map<string, string>();
  for (const { older, newer } of found) {
    const now = inForce(sources.map((one) => ({ ...one, replacedBy: replaced.get(one.id) ?? one.replacedBy })));
    const family = new Set(familyOf(now, older).map(({ id }) => id));
    if (family.has(newer)) continue;
    const sides = [family, new Set(familyOf(now, newer).map(({ id }) => id))] as const;
    const apart = now.some((one) =>
      sides.some((side, i) => side.has(one.id) && (one.apartFrom ?? []).some((id) => sides[1 - i]?.has(id))),
    );
    const head = now.find(({ id }) => id === older);
    if (head && !apart) replaced.set(head.replacedBy ?? head.id, newer);
  }
  return replaced;
}
