import { expect, test } from 'vitest';
import { Answering } from '../../src/generation/answering';

const PIECES = [' ', '\n', ' Six', ' weeks', '\ufffd', 'é'];
const tokenizer = {
  decode: (tokens: readonly number[]) => tokens.map((token) => PIECES[token] ?? '').join(''),
};
const row = { prompt: [1, 2, 3], limit: 8 } as unknown as ConstructorParameters<typeof Answering>[1];

function told(...tokens: number[]) {
  const answering = new Answering(0, row, 0, tokenizer);
  return [tokens.map((token) => answering.take(token, 1)), answering.completion('end', false)] as const;
}

test('the space before the first word is no part of the answer, and each token tells what it adds', () => {
  const [added, completion] = told(0, 1, 2, 3);
  expect(added).toEqual(['', '', 'Six', ' weeks']);
  const usage = { promptTokens: 3, answerTokens: 4 };
  expect(completion).toMatchObject({ text: 'Six weeks', tokens: [0, 1, 2, 3], usage });
});

test('a character that is not whole is told with the token that ends it', () => {
  expect(told(2, 4)[0]).toEqual(['Six', null]);
});
