import { apiBase } from '../generation/engines/openai/address';
import { type Served, listServed, servedReader } from '../generation/engines/openai/served';
import { LabError } from '../errors';
import type { CatalogueModel } from '../lab';
import type { ModelStore } from '../storage/models';
import type { Catalogue } from './depot/catalogue';
import { newlyShelved } from './depot/shelved';
import type { Origins } from './origins';

/** Name of what the visitor has set. */
const SERVERS = 'servers';

/** A server that is to be remembered, with what it offered when it was last asked, so that opening the page asks nobody. */
interface KeptServer {
  readonly base: string;
  readonly key: string;
  readonly served: readonly Served[];
}

/** Servers that run models elsewhere. A key is held here alone, and kept only where the visitor asks for it. */
export class Servers {
  readonly #keys = new Map<string, string>();

  constructor(
    private readonly store: Promise<ModelStore>,
    private readonly catalogue: Catalogue,
    private readonly origins: Origins,
  ) {}

  async open(): Promise<void> {
    for (const { base, key, served } of await this.#kept()) {
      this.#keys.set(base, key);
      this.#show(base, served);
    }
  }

  /** Null where the server asks for none. */
  keyOf(base: string): string | null {
    return this.#keys.get(base) || null;
  }

  /** Asks a server for its models; one that is there already is asked anew. Throws `server-*`. */
  async add(
    server: { readonly url: string; readonly key: string; readonly remember: boolean },
    signal: AbortSignal,
  ): Promise<readonly CatalogueModel[]> {
    const base = apiBase(server.url);
    const key = server.key.trim();
    const { origin } = new URL(base);
    if (this.origins.lacking([origin]).length > 0)
      throw new LabError('server-unreachable', `This page may not ask ${origin} until you allow it.`);
    const served = await listServed({ base, key: key || null, pageProtocol: location.protocol }, signal);
    this.#keys.set(base, key);
    this.#hide(base);
    this.#show(base, served);
    const others = (await this.#kept()).filter((one) => one.base !== base);
    await this.#keep(server.remember ? [...others, { base, key, served }] : others);
    return this.catalogue.told.now.filter((model) => model.server === base);
  }

  /** Forgets the server and its key. Returns the ids of the models that went. */
  async remove(base: string): Promise<string[]> {
    this.#keys.delete(base);
    const gone = this.#hide(base);
    await this.#keep((await this.#kept()).filter((one) => one.base !== base));
    return gone;
  }

  /** Everything was deleted. */
  forget(): void {
    this.#keys.clear();
  }

  #show(base: string, served: readonly Served[]): void {
    for (const one of served) this.catalogue.put(newlyShelved({ role: 'reader', entry: servedReader(base, one) }));
  }

  #hide(base: string): string[] {
    const gone = this.catalogue.all.filter(({ entry: { source } }) => source.kind === 'server' && source.url === base);
    for (const { entry } of gone) this.catalogue.drop(entry.id);
    return gone.map(({ entry }) => entry.id);
  }

  async #kept(): Promise<readonly KeptServer[]> {
    const kept = await (await this.store).setting(SERVERS).catch(() => undefined);
    return Array.isArray(kept) ? (kept as KeptServer[]) : [];
  }

  async #keep(servers: readonly KeptServer[]): Promise<void> {
    await (await this.store).setSetting(SERVERS, servers);
  }
}
