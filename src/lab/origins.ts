import { LabError } from '../errors';
import { allowableOrigin } from '../host/policy';
import { letIn, visitorOrigins } from '../host/visitorOrigins';

/** What this page may ask besides its own host, as it was when it was loaded: later changes wait for the next load. */
export class Origins {
  #open: readonly string[] = [];

  /** `bound`: whether a policy holds the page at all. */
  constructor(
    private readonly base: string,
    private readonly bound: boolean,
  ) {}

  async open(): Promise<void> {
    // Plain http has no such storage.
    if ('caches' in globalThis) this.#open = await visitorOrigins(caches, this.base);
  }

  lacking(origins: readonly string[]): string[] {
    if (!this.bound) return [];
    const own = new URL(this.base).origin;
    return origins.filter((origin) => origin !== own && !this.#open.includes(origin));
  }

  async letIn(origins: readonly string[]): Promise<void> {
    if (!('caches' in globalThis))
      throw new LabError('address-refused', 'This browser lets no other host in without https.');
    const refused = origins.find((origin) => allowableOrigin(origin) === null);
    if (refused !== undefined) throw refusedAddress(refused);
    await letIn(caches, this.base, [...(await visitorOrigins(caches, this.base)), ...origins]);
  }

  /** Which hosts somebody uses is theirs too. */
  async forget(): Promise<void> {
    if ('caches' in globalThis) await letIn(caches, this.base, []);
  }
}

/** Throws `address-refused` for an address that can never be let in. Without a slash at its end. */
export function hostAddress(address: string): string {
  const trimmed = address.trim().replace(/\/+$/, '');
  if (allowableOrigin(trimmed) === null) throw refusedAddress(address);
  return trimmed;
}

function refusedAddress(address: string): LabError {
  return new LabError('address-refused', `${address} is no address with https, nor one on this machine.`);
}
