import fc from 'fast-check';
import type * as Fflate from 'fflate';
import { describe, expect, test, vi } from 'vitest';
import { LabError } from '../../src/errors';
import { listZip, readZip, unpack, writeZip, type ZipSource } from '../../src/zip';
import { normals } from '../fixtures/adapters/random';
import { forge, zip } from '../fixtures/adapters/zips';

/** What the inflater has handed over. */
const inflated = vi.hoisted(() => ({ bytes: 0 }));
vi.mock('fflate', async (original) => {
  const real = await original<typeof Fflate>();
  return {
    ...real,
    Inflate: class extends real.Inflate {
      constructor(ondata: Fflate.FlateStreamHandler) {
        super((part, final) => {
          inflated.bytes += part.length;
          ondata(part, final);
        });
      }
    },
  };
});

const noise = new Uint8Array(normals(1)(5000, 1).buffer);
const text = 'one two three '.repeat(3000);
const sound = zip({ 'a/text.txt': text, 'a/noise.bin': noise, 'a/empty': '' });
const damaged = (words: string) =>
  expect.objectContaining({ code: 'adapter-damaged', message: expect.stringContaining(words) as string }) as Error;
const REFUSALS = { damaged: 'adapter-damaged', unsupported: 'adapter-unsupported' } as const;
const read = (bytes: Uint8Array) => readZip(bytes, REFUSALS).map((entry) => entry.read());

/** As a file on disk gives them; `asked` adds up. */
function onDisk(bytes: Uint8Array): ZipSource & { asked: number } {
  return {
    length: bytes.length,
    asked: 0,
    async slice(from, to) {
      const part = bytes.slice(from, to);
      this.asked += part.length;
      return part;
    },
  };
}

test.each([0, 6] as const)('files as they went in, at level %i', (level) => {
  const entries = readZip(zip({ 'a/text.txt': text, 'a/noise.bin': noise, 'a/empty': '' }, level), REFUSALS);
  expect(entries.map(({ path, bytes }) => [path, bytes])).toEqual([
    ['a/text.txt', text.length],
    ['a/noise.bin', noise.length],
    ['a/empty', 0],
  ]);
  expect(new TextDecoder().decode(entries[0]?.read())).toBe(text);
  expect(entries[1]?.read()).toEqual(noise);
  expect(entries[2]?.read()).toEqual(new Uint8Array());
});

test('what is written is read, and the same files make the same zip', () => {
  const files = new Map<string, string | Uint8Array>([
    ['adapter_config.json', '{}'],
    ['adapter_model.safetensors', noise],
  ]);
  const bytes = writeZip(files);
  expect(writeZip(files)).toEqual(bytes);
  const [config, weights] = read(bytes);
  expect(new TextDecoder().decode(config)).toBe('{}');
  expect(weights).toEqual(noise);
});

test('one that is read in parts gives the same, and asks for no more than it needs', async () => {
  const large = zip({
    'a/text.txt': text,
    'a/noise.bin': new Uint8Array(normals(2)(100_000, 1).buffer),
    'a/empty': '',
  });
  const source = onDisk(large);
  const heads = await listZip(source, REFUSALS);
  expect(heads).toEqual(readZip(large, REFUSALS).map(({ read: _, ...head }) => head));
  expect(await Promise.all(heads.map((head) => unpack(onDisk(large), head, REFUSALS)))).toEqual(read(large));
  expect(source.asked).toBeLessThan(70_000);
  await expect(listZip(onDisk(large.subarray(0, 300_000)), REFUSALS)).rejects.toThrow(damaged('cut off, or no zip'));
  const forged = forge(large, 'a/text.txt', [[20, 32, 10_000_000]]);
  const [cut] = await listZip(onDisk(forged), REFUSALS);
  await expect(cut && unpack(onDisk(forged), cut, REFUSALS)).rejects.toThrow(damaged('cut off'));
});

test('one that lies somewhere in memory, and one with a comment at its end', () => {
  const shifted = new Uint8Array(sound.length + 7);
  shifted.set(sound, 7);
  expect(read(shifted.subarray(7))).toEqual(read(sound));
  const commented = new Uint8Array(sound.length + 5);
  commented.set(sound);
  new DataView(commented.buffer).setUint16(sound.length - 2, 5, true);
  expect(read(commented)).toEqual(read(sound));
});

describe('a bomb', () => {
  const bomb = zip({ 'bomb.json': new Uint8Array(200_000_000), 'small.json': '{}' });

  test('is not inflated before it is asked for', () => {
    inflated.bytes = 0;
    expect(bomb.length).toBeLessThan(300_000);
    const entries = readZip(bomb, REFUSALS);
    expect(entries.map(({ bytes }) => bytes)).toEqual([200_000_000, 2]);
    expect(new TextDecoder().decode(entries[1]?.read())).toBe('{}');
    expect(inflated.bytes).toBe(2);
  });

  test.each([0, 100, 1_000_000, 50_000_000])('that says to be %i bytes long ends before 100 kB more', (bytes) => {
    inflated.bytes = 0;
    const [entry] = readZip(forge(bomb, 'bomb.json', [[24, 32, bytes]]), REFUSALS);
    expect(() => entry?.read()).toThrow(damaged('longer than its directory says'));
    expect(inflated.bytes).toBeGreaterThan(bytes);
    expect(inflated.bytes).toBeLessThan(bytes + 100_000);
  });

  test('that says to be longer than it is is refused without room being made for it', () => {
    const [entry] = readZip(forge(sound, 'a/text.txt', [[24, 32, 0xfffffff0]]), REFUSALS);
    expect(() => entry?.read()).toThrow(damaged('shorter than its directory says'));
  });
});

describe('refused', () => {
  test.each([
    ['encrypted', [[8, 16, 1]], 'encrypted'],
    ['compressed otherwise', [[10, 16, 14]], 'compressed in an unusual way'],
    ['beyond 4 GB', [[24, 32, 0xffffffff]], 'beyond 4 GB'],
  ] as const)('%s, by name', (_, changes, words) => {
    const [entry] = readZip(forge(sound, 'a/text.txt', changes), REFUSALS);
    expect(() => entry?.read()).toThrow(
      expect.objectContaining({
        code: 'adapter-unsupported',
        message: expect.stringMatching(`a/text.txt.*${words}`) as string,
      }) as Error,
    );
  });

  test.each([
    ['another checksum', [[16, 32, 1]], 'checksum'],
    ['a place beyond the file', [[42, 32, 1_000_000]], 'not where it should be'],
    ['a place where nothing is', [[42, 32, 5]], 'not where it should be'],
    ['more compressed bytes than there are', [[20, 32, 1_000_000]], 'cut off'],
    ['fewer compressed bytes', [[20, 32, 10]], 'a/text.txt'],
  ] as const)('%s', (_, changes, words) => {
    const [entry] = readZip(forge(sound, 'a/text.txt', changes), REFUSALS);
    expect(() => entry?.read()).toThrow(damaged(words));
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['no zip', noise],
    ['a zip that is cut', sound.subarray(0, sound.length - 30)],
    [
      'a directory that is overwritten',
      sound.with(sound.length - 22 - 5, 0).fill(7, sound.length - 150, sound.length - 22),
    ],
  ])('%s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(damaged('The zip file is damaged'));
  });

  test('any flipped or cut bytes: read, or refused in words', () => {
    const small = zip({ 'adapter_config.json': text.slice(0, 400), 'x.bin': noise.subarray(0, 300) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: small.length }),
        (flips, keep) => {
          const bytes = small.slice(0, keep > small.length / 2 ? keep : small.length);
          for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(LabError);
          }
        },
      ),
      { numRuns: 3000, seed: 1 },
    );
  });
});
