import { expect, test } from 'vitest';
import { readDocument } from '../../src/documents/formats';

const EN = 'The ferry leaves the quay at nine.';
const RU = 'Привет, это обычный русский текст о кораблях и портах.';
const JA = 'これは港とフェリーについての日本語の文章です。';

/** The bytes are those that Python's codecs of these names write. */
test.each([
  [
    'windows-1251',
    RU,
    'cff0e8e2e5f22c20fdf2ee20eee1fbf7edfbe920f0f3f1f1eae8e920f2e5eaf1f220ee20eaeef0e0e1ebfff520e820efeef0f2e0f52e',
  ],
  [
    'KOI8-R',
    RU,
    'f0d2c9d7c5d42c20dcd4cf20cfc2d9deced9ca20d2d5d3d3cbc9ca20d4c5cbd3d420cf20cbcfd2c1c2ccd1c820c920d0cfd2d4c1c82e',
  ],
  [
    'IBM 866',
    RU,
    '8fe0a8a2a5e22c20ede2ae20aea1ebe7adeba920e0e3e1e1aaa8a920e2a5aae1e220ae20aaaee0a0a1abefe520a820afaee0e2a0e52e',
  ],
  ['Shift JIS', JA, '82b182ea82cd8d6082c683748346838a815b82c982c282a282c482cc93fa967b8cea82cc95b68fcd82c582b78142'],
  ['EUC-JP', JA, 'a4b3a4eca4cfb9c1a4c8a5d5a5a7a5eaa1bca4cba4c4a4a4a4c6a4cec6fccbdcb8eca4cecab8becfa4c7a4b9a1a3'],
  [
    'UTF-16 LE without a mark',
    EN,
    '54006800650020006600650072007200790020006c006500610076006500730020007400680065002000710075006100790020006100740020006e0069006e0065002e00',
  ],
  [
    'UTF-16 BE without a mark',
    EN,
    '0054006800650020006600650072007200790020006c006500610076006500730020007400680065002000710075006100790020006100740020006e0069006e0065002e',
  ],
])('a text in %s is read', async (_, text, hex) => {
  expect(await textOf(hex)).toBe(text);
});

test('an encoding that is not told apart is refused, never read as other letters', async () => {
  const gb18030 = 'd5e2cac7d2bbb8f6d6d0cec4cec4bcfe2cbdb2caf6b8dbbfdabacdb6c9c2d6a1a3b5dab6febee4bbb0d4dad5e2c0efa1a3';
  await expect(textOf(gb18030)).rejects.toMatchObject({ code: 'not-text' });
});

async function textOf(hex: string): Promise<string> {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return (await readDocument('a.txt', bytes, new AbortController().signal)).text;
}
