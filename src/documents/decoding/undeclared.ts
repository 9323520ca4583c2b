/** Encodings that a file does not name, told by how its bytes fall. Each is taken only where the text it gives is plain. */

/** Bytes looked at: a few pages of text. */
const SAMPLE = 65_536;
/** Characters other than ASCII below which nothing is told apart. */
const ENOUGH = 12;
/** Share of kana among the characters beyond ASCII from which a text is taken for Japanese: chosen by a few sentences. */
const KANA_SHARE = 0.25;
/** Share of the commonest letters from which a text is taken for Cyrillic: chosen by a few sentences. */
const COMMON_SHARE = 0.55;

/** UTF-16 without a byte order mark: of Latin text, every other byte is 0. */
export function unmarkedUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes.length < 2 * ENOUGH || bytes.length % 2 !== 0) return null;
  const zeros = [0, 0];
  const end = Math.min(bytes.length, SAMPLE);
  for (let i = 0; i < end; i++) if (bytes[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [high = 0, low = 0] = zeros;
  const most = end / 2;
  if (low > 0.7 * most && high === 0) return 'utf-16le';
  return high > 0.7 * most && low === 0 ? 'utf-16be' : null;
}

/** Japanese or Cyrillic text in an encoding from before UTF-8; null for anything else. */
export function decodeLegacy(bytes: Uint8Array): string | null {
  for (const [encoding, plain] of LEGACY) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      if (plain(text.slice(0, SAMPLE))) return text;
    } catch {
      // Bytes that it has no characters for: not the encoding.
    }
  }
  return null;
}

const LEGACY: readonly (readonly [string, (text: string) => boolean])[] = [
  ['shift_jis', isJapanese],
  ['euc-jp', isJapanese],
  ['windows-1251', isCyrillic],
  ['koi8-r', isCyrillic],
  ['ibm866', isCyrillic],
];

function isJapanese(text: string): boolean {
  const beyond = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  // Without the half-width kana, which stray single bytes decode to.
  const kana = text.match(/[\u3041-\u3096\u30a1-\u30fa\u30fc]/g)?.length ?? 0;
  const known = text.match(/[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]/g)?.length ?? 0;
  return beyond >= ENOUGH && kana > KANA_SHARE * beyond && known > 0.95 * beyond;
}

/** Wrong Cyrillic encodings give capitals for small letters, or rare letters for common ones. */
function isCyrillic(text: string): boolean {
  const beyond = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  const letters = text.match(/[\u0400-\u045f]/g)?.length ?? 0;
  const common = text.match(/[оеаинтсрвлкмпд]/gi)?.length ?? 0;
  const capitalInside = text.match(/(?<=[а-я])[А-Я]/g)?.length ?? 0;
  return (
    beyond >= ENOUGH && letters > 0.9 * beyond && common > COMMON_SHARE * letters && capitalInside < 0.02 * letters
  );
}
