import { LabError } from '../errors';
import { hex } from '../hex';

/**
 * SHA-256 of the bytes as 64 hex digits. Browsers offer it to secure contexts alone (https or localhost);
 * elsewhere this throws, since ids made any other way could not be compared.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Typed as always there, absent in an insecure context.
  const subtle = globalThis.crypto.subtle as typeof globalThis.crypto.subtle | undefined;
  if (!subtle)
    throw new LabError('unexpected', 'This address is neither https nor localhost, so the browser offers no SHA-256.');
  return hex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
}
