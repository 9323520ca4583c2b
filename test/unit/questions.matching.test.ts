import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { containsAnswer, findAnswer } from '../../src/questions/matching';

describe('findAnswer', () => {
  test.each([
    ['They get 27 days a year.', '27 days', '27 days'],
    ['They get twenty-seven days a year.', '27 days', 'twenty-seven days'],
    ['They get Twenty Seven  days.', '27 days', 'Twenty Seven  days'],
    ['They get 27 days.', 'twenty-seven days', '27 days'],
    ['It costs 1,450 euros.', '1450 euros', '1,450 euros'],
    ['It costs €1\u00a0450 now.', '1,450 euros', '€1\u00a0450'],
    ['It costs EUR 1,450.', '1,450 euros', 'EUR 1,450'],
    ['It costs 1450 € now.', '1,450 euros', '1450 €'],
    ['About one hundred and five people', '105 people', 'one hundred and five people'],
    ['About a hundred people', '100 people', 'hundred people'],
    ['Three thousand two hundred euros', '3,200 euros', 'Three thousand two hundred euros'],
    ['1.5 million', '1,500,000', '1.5 million'],
    ['costs 2.50 euros', '2.5 euros', '2.50 euros'],
    ['a late fee of 6%', '6 percent', '6%'],
    ['due on 3 March.', 'March 3', '3 March'],
    ['due on March 3, 2017', '3 March', 'March 3'],
    ['due on 2017-03-03', '3 March 2017', '2017-03-03'],
    ['due on the 3rd of March', '3 March', '3rd of March'],
    ['due on the third of March', 'Mar 3', 'third of March'],
    ['due on 3 March 2017', '2017-03-03', '3 March 2017'],
    ['paid in October', 'october', 'October'],
    ['In May 12 people came', '12 people', '12 people'],
    ['open 9:15–16:30', 'from 9:15 to 16:30', null],
    ['open 9:15 – 16:30', '9:15 to 16:30', '9:15 – 16:30'],
    ['open from 09:15 to 16:30', '9:15 to 16:30', '09:15 to 16:30'],
    ['on the 5th floor', 'fifth floor', '5th floor'],
    ['the twenty-first floor', '21st floor', 'twenty-first floor'],
    ['use form H-47.', 'H-47', 'H-47'],
    ['ask “Petra  QUILLAN” first', 'Petra Quillan', 'Petra  QUILLAN'],
    ["It is Petra Quillan's job", 'Petra Quillan', "Petra Quillan's"],
    ['in the green\ncourtyard', 'the green courtyard', 'green\ncourtyard'],
    ['its doctor’s note', "a doctor's note", 'doctor’s note'],
    ['Zoë Müller leads', 'Zoe\u0308 Mu\u0308ller', 'Zoë Müller'],
    ['😀 27 days', '27 days', '27 days'],
    ['東京都です', '東京', '東京'],
    ['a 27-day leave', '27 days', '27-day'],
    ['It is 5km away.', '5 kilometres', '5km'],
    ['It is 2.5 km away.', '2.5 kilometers', '2.5 km'],
    ['after fifteen minutes', '15 min', 'fifteen minutes'],
    ['after 15min', '15 minutes', '15min'],
    ['a file of 20 MB', '20 megabytes', '20 MB'],
    ['It holds 3 l.', '3 litres', '3 l'],
  ])('%s | %s', (text, answer, expected) => {
    const found = findAnswer(text, [answer]);
    expect(found && text.slice(found.start, found.end)).toBe(expected);
  });

  test.each([
    ['15', '5'],
    ['2.5', '5'],
    ['1,500', '5'],
    ['5:30', '5'],
    ['H-5', '5'],
    ['A5', '5'],
    ['55 days', '5 days'],
    ['silvery', 'silver'],
    ['27 weeks', '27 days'],
    ['24 days', '27 days'],
    ['2017', '20'],
    ['3 April', '3 March'],
    ['twenty-seven', '20'],
    ['twenty-seven', '7'],
    ['5km', '5 miles'],
    ['25km', '5 kilometres'],
    ['form 5m', '5 metres'],
    ['hours later', 'hour'],
    ['anything', 'the'],
    ['anything', '?'],
    ['', '5'],
  ])('nothing in %s for %s', (text, answer) => {
    expect(findAnswer(text, [answer])).toBeNull();
  });

  test('takes the earliest place, and there the longest answer', () => {
    expect(findAnswer('31 people, 31', ['31', '31 people'])).toEqual({ start: 0, end: 9 });
    expect(containsAnswer('x', [])).toBe(false);
  });

  test('finds every answer of words in any text around it, at offsets inside the text', () => {
    const word = fc.stringMatching(/^[b-z]{3,8}$/);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: 'grapheme' }),
        (before, words, after) => {
          const text = `${before} . ${words.join(' ')} . ${after}`;
          const found = findAnswer(text, [words.join('  ').toUpperCase()]);
          expect(found).not.toBeNull();
          if (found) expect(found.end).toBeLessThanOrEqual(text.length);
        },
      ),
    );
  });
});
