/** Dates written in English or as ISO 8601. */
import type { Token } from './numbers';

const MONTHS = 'january february march april may june july august september october november december'.split(' ');

/**
 * The date that begins at `at`, as tokens for day, month and (where written) year in this order, each in its own place:
 * `3 March`, `3rd of March 2017`, `March 3, 2017`, `2017-03-03`. `length` is the count of tokens it took.
 * Purely numeric dates such as 3/4/2017 are left alone, since their order differs between countries.
 */
export function readDate(tokens: readonly Token[], at: number): { tokens: Token[]; length: number } | null {
  return readIso(tokens, at) ?? readDayMonth(tokens, at) ?? readMonthDay(tokens, at);
}

function readIso(tokens: readonly Token[], at: number): { tokens: Token[]; length: number } | null {
  const [year, dash, month, dash2, day] = tokens.slice(at, at + 5);
  if (!year || !month || !day || dash?.text !== '-' || dash2?.text !== '-') return null;
  if (!/^\d{4}$/.test(year.text) || day.end - year.start !== 10) return null;
  const name = MONTHS[Number(month.text) - 1];
  const number = dayOf(day);
  return name && number ? { tokens: [{ ...day, text: number }, { ...month, text: name }, year], length: 5 } : null;
}

function readDayMonth(tokens: readonly Token[], at: number): { tokens: Token[]; length: number } | null {
  const day = tokens[at];
  const number = day && dayOf(day);
  if (!number) return null;
  let next = at + 1;
  if (/^(?:st|nd|rd|th)$/.test(tokens[next]?.text ?? '')) next++;
  if (tokens[next]?.text === 'of') next++;
  const month = tokens[next];
  const name = month && monthOf(month);
  return name
    ? {
        tokens: [
          { ...day, text: number },
          { ...month, text: name },
        ],
        length: next + 1 - at,
      }
    : null;
}

function readMonthDay(tokens: readonly Token[], at: number): { tokens: Token[]; length: number } | null {
  const month = tokens[at];
  const name = month && monthOf(month);
  const next = tokens[at + 1]?.text === 'the' ? at + 2 : at + 1;
  const day = tokens[next];
  const number = day && dayOf(day);
  if (!name || !number) return null;
  return {
    tokens: [
      { ...day, text: number },
      { ...month, text: name },
    ],
    length: next + 1 - at,
  };
}

function dayOf({ text }: Token): string | null {
  const day = Number(/^(\d{1,2})(?:st|nd|rd|th)?$/.exec(text)?.[1] ?? 0);
  return day >= 1 && day <= 31 ? String(day) : null;
}

/** Full names and abbreviations of three letters or more: Mar, Sept. */
function monthOf({ text }: Token): string | null {
  return text.length >= 3 ? (MONTHS.find((name) => name.startsWith(text)) ?? null) : null;
}
