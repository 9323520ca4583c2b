/** Digests that grow with a download. The browser's own can only take a file whole, and not at all on plain http. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '../hex';

/** What is known of a file's content, in hex: SHA-256, or git's object id (SHA-1 of `blob <bytes>\0` and the content). */
export interface KnownDigest {
  readonly sha256: string | null;
  readonly gitOid: string | null;
}

export interface GrowingDigest {
  add(bytes: Uint8Array): void;
  /** Whether all that was added is what was expected. Ends the digest. */
  matches(): boolean;
}

/** Null where nothing is known that could be compared. `bytes` is the size of the whole file. */
export function growingDigest({ sha256: sha, gitOid }: KnownDigest, bytes: number): GrowingDigest | null {
  const expected = sha ?? gitOid;
  if (expected === null) return null;
  const hash = sha === null ? sha1.create() : sha256.create();
  if (sha === null) hash.update(new TextEncoder().encode(`blob ${String(bytes)}\0`));
  return {
    add: (more) => {
      hash.update(more);
    },
    matches: () => hex(hash.digest()) === expected.toLowerCase(),
  };
}

/** SHA-256 in hex of bytes in memory: the browser's own where there is one, which is many times faster. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { subtle?: typeof crypto.subtle };
  return hex(subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : sha256(bytes));
}
