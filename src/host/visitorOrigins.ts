/**
 * The origins that the visitor let in besides the page's own. They lie in Cache storage, which page and service
 * worker share without a database library. A change takes effect with the next load of the page.
 */
import { allowableOrigin } from './policy';

/** Origins hold many pages (`name.github.io/one/`, `/two/`), so whatever is kept carries the page's folder in its name. */
export const originsCache = (folder: string) => `openbook origins ${folder}`;
const KEY = 'origins.json';

/** Read by the service worker for every page it hands out: what is stored is held to the rule again, and no fault keeps the page back. */
export async function visitorOrigins(storage: CacheStorage, folder: string): Promise<string[]> {
  try {
    const stored = await (await storage.open(originsCache(folder))).match(folder + KEY);
    const list: unknown = stored ? await stored.json() : [];
    return Array.isArray(list)
      ? list.filter((one): one is string => typeof one === 'string' && allowableOrigin(one) === one)
      : [];
  } catch {
    return [];
  }
}

/** Replaces the list. Throws a RangeError for an address that cannot be let in. */
export async function letIn(storage: CacheStorage, folder: string, addresses: readonly string[]): Promise<void> {
  const origins = addresses.map((address) => {
    const origin = allowableOrigin(address);
    if (origin === null) throw new RangeError(`${address} is neither https nor on this machine.`);
    return origin;
  });
  if (origins.length === 0) await storage.delete(originsCache(folder));
  else
    await (
      await storage.open(originsCache(folder))
    ).put(folder + KEY, new Response(JSON.stringify([...new Set(origins)])));
}
