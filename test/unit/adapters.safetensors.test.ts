import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/adapters/safetensors';
import { LabError } from '../../src/errors';
import { type TensorToWrite, f32, joinSafetensors, writeSafetensors } from '../fixtures/adapters/safetensors';

const halves = (dtype: string, words: readonly number[]): TensorToWrite => ({
  name: dtype,
  dtype,
  shape: [words.length],
  bytes: new Uint8Array(Uint16Array.from(words).buffer),
});
const damaged = expect.objectContaining({ code: 'adapter-damaged' }) as Error;
const shipped = new URL('../../public/adapters/json-answer/adapter_model.safetensors', import.meta.url);

describe('reading', () => {
  test('F32 keeps every value, wherever the file lies in memory', () => {
    const values = [0, -0, 1.5, -3.25e-7, 3.4e38];
    const file = writeSafetensors([f32('a', [5, 1], values)]);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    for (const bytes of [file, shifted.subarray(3)])
      expect(readSafetensors(bytes).get('a')).toEqual({ shape: [5, 1], data: Float32Array.from(values) });
  });

  test('F16: ones, the largest, the smallest subnormal, infinity, not-a-number', () => {
    const file = writeSafetensors([halves('F16', [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x3555, 0xfc00, 0x7e00])]);
    const expected = [1, -2, 65504, 2 ** -24, -0, 0.333251953125, -Infinity, NaN];
    expect([...(readSafetensors(file).get('F16')?.data ?? [])]).toEqual(expected);
  });

  test('BF16 is the upper half of an F32', () => {
    const file = writeSafetensors([halves('BF16', [0x3f80, 0xc049, 0x0000, 0x7f80])]);
    expect([...(readSafetensors(file).get('BF16')?.data ?? [])]).toEqual([1, -3.140625, 0, Infinity]);
  });

  test('a shipped adapter holds 98 tensors', async () => {
    expect(readSafetensors(new Uint8Array(await readFile(shipped))).size).toBe(98);
  });
});

describe('refusing', () => {
  const two = (a: readonly [number, number], b: readonly [number, number]) =>
    writeSafetensors([
      { ...f32('a', [2], [1, 2]), offsets: a },
      { ...f32('b', [2], [3, 4]), offsets: b },
    ]);

  test.each([
    ['overlapping', two([0, 8], [4, 12])],
    ['the same place twice', two([0, 8], [0, 8])],
    ['a gap', two([0, 8], [12, 20])],
    ['a gap in a file of the right length', Uint8Array.from([...two([0, 8], [12, 20]), 0, 0, 0, 0])],
    ['an overlap in a file of the right length', two([0, 8], [4, 12]).slice(0, -4)],
    ['beyond the end', two([0, 8], [8, 24])],
    ['backwards', two([8, 0], [8, 16])],
    ['fewer values than the shape', writeSafetensors([f32('a', [3], [1, 2])])],
    ['a fraction as a size', writeSafetensors([f32('a', [2.5], [1, 2])])],
    ['a shape beyond all memory', writeSafetensors([f32('a', [2 ** 40, 2 ** 40], [1, 2])])],
    ['a shape beyond all numbers', writeSafetensors([f32('a', Array<number>(8).fill(2 ** 53 - 1), [1, 2])])],
    ['more dimensions than anything has', writeSafetensors([f32('a', Array<number>(9).fill(1), [1])])],
    ['a size below nothing', writeSafetensors([f32('a', [-1, -2], [1, 2])])],
    ['a header longer than any', joinSafetensors(' '.repeat(10), [new Uint8Array(8)]).with(4, 1)],
    ['bytes after the last tensor', joinSafetensors('{}', [new Uint8Array(4)])],
    ['a list as header', joinSafetensors('[1]', [])],
    ['null as header', joinSafetensors('null', [])],
    ['no JSON', joinSafetensors('{"a":', [])],
    ['an entry that is no tensor', joinSafetensors('{"a": 3}', [])],
    ['an empty file', new Uint8Array(0)],
    ['a header longer than the file', Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 255, 123])],
  ])('%s', (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(damaged);
  });

  test('values of another kind, by name', () => {
    const file = writeSafetensors([{ name: 'a.weight', dtype: 'I64', shape: [1], bytes: new Uint8Array(8) }]);
    expect(() => readSafetensors(file)).toThrow('a.weight are I64');
  });

  test('a shipped file cut anywhere', async () => {
    const bytes = new Uint8Array(await readFile(shipped));
    let refused = 0;
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => readSafetensors(bytes.subarray(0, length))).toThrow(damaged);
      refused++;
    }
    expect(refused).toBe(5301);
  });

  test('a flipped byte anywhere is read or refused in words', () => {
    const file = writeSafetensors([f32('a.b', [2, 2], [1, 2, 3, 4]), halves('BF16', [1, 2])]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = file.slice();
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        try {
          readSafetensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
