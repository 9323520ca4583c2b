import { PART_BYTES, type Parts } from '../inference/hub';
import { largestTensor } from '../onnx/largest';

/** Bytes of the largest tensor of a kept graph of `size` bytes; null where it cannot be told: loading it says why. */
export async function tensorIn(parts: Parts, path: string, size: number): Promise<number | null> {
  let held = -1;
  let part: Uint8Array = new Uint8Array();
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    const end = Math.min(size, at + length);
    const out = new Uint8Array(Math.max(0, end - at));
    for (let from = at; from < end;) {
      const index = Math.floor(from / PART_BYTES);
      if (index !== held) part = (await parts.read(path, index)) ?? new Uint8Array();
      held = index;
      const piece = part.subarray(from - index * PART_BYTES, end - index * PART_BYTES);
      if (piece.length === 0) return out.subarray(0, from - at);
      out.set(piece, from - at);
      from += piece.length;
    }
    return out;
  };
  try {
    return await largestTensor(read, size);
  } catch {
    return null;
  }
}
