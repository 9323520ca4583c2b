/** Units of measure after a number, in one form: 5 km is 5 kilometres, 27-day is 27 days. */
import type { Token } from './numbers';

const FORMS: Readonly<Record<string, string>> = {
  second: 'seconds sec secs',
  minute: 'minutes min mins',
  hour: 'hours hr hrs h',
  day: 'days',
  week: 'weeks wk wks',
  month: 'months',
  year: 'years yr yrs',
  millimetre: 'millimetres millimeter millimeters mm',
  centimetre: 'centimetres centimeter centimeters cm',
  metre: 'metres meter meters m',
  kilometre: 'kilometres kilometer kilometers km',
  mile: 'miles',
  gram: 'grams gramme grammes g',
  kilogram: 'kilograms kilo kilos kg',
  litre: 'litres liter liters l',
  millilitre: 'millilitres milliliter milliliters ml',
  kilobyte: 'kilobytes kb',
  megabyte: 'megabytes mb',
  gigabyte: 'gigabytes gb',
};
const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries(FORMS).flatMap(([unit, forms]) => forms.split(' ').map((form) => [form, unit] as const)),
);

/** `15min` as `15 min`: units that are written on to their number, as a part of a pattern. One letter alone may be a code. */
export const ATTACHED = 'secs?|mins?|hrs?|mm|cm|km|kg|ml|[KMG]B|kb|mb|gb';

/** A letter alone is a unit only where a number stands before it, so only there units are read. */
export function unitsAfterNumbers(tokens: readonly Token[]): Token[] {
  return tokens.map((token, i) => {
    const unit = /^\d[\d.]*$/.test(tokens[i - 1]?.text ?? '') ? UNITS.get(token.text) : undefined;
    return unit === undefined ? token : { ...token, text: unit };
  });
}
