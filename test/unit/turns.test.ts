import { expect, test } from 'vitest';
import { Turns } from '../../src/turns';

test('one comes after the other, in the order they asked', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const work = async (name: string) => {
    const end = await turns.take();
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
    end();
  };
  await Promise.all([work('a'), work('b'), work('c')]);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a stop reaches all who asked before it and none who ask later', () => {
  const turns = new Turns();
  const before = turns.signal;
  turns.stop();
  expect(before.aborted).toBe(true);
  expect(turns.signal.aborted).toBe(false);
});
