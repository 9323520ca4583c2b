/** Where an adapter may be fetched from: an address of a zip or of a folder, or the id of a repository on a hub. */
import { LabError } from '../../errors';

export type AdapterAddress =
  | { readonly kind: 'zip'; readonly name: string; readonly url: string }
  /** `url` ends with a slash. */
  | { readonly kind: 'folder'; readonly name: string; readonly url: string };

const HUB = 'https://huggingface.co';
const HUB_ID = /^([\w][\w.-]{0,95})\/([\w][\w.-]{0,95})(?:@([\w./-]{1,100}))?$/;
/** A page of a repository, or a file in it. */
const HUB_PAGE = /^\/([\w][\w.-]{0,95})\/([\w][\w.-]{0,95})(?:\/(?:tree|blob|resolve)\/([^/]+)(\/.*)?)?\/?$/;

/**
 * `owner/name`, `owner/name@revision`, the address of a repository on the hub, of a zip, of a folder or of a file in
 * it. `hub` is the hub's own address, without a slash at its end. Throws `adapter-not-fetched` for anything else.
 */
export function readAddress(address: string, hub: string = HUB): AdapterAddress {
  const text = address.trim();
  const [, owner, name, revision = 'main'] = HUB_ID.exec(text) ?? [];
  if (owner !== undefined && name !== undefined) return repository(hub, owner, name, revision, '');
  const url = urlOf(text);
  // Addresses are shown and kept: nobody's password should be.
  if (url && (url.username !== '' || url.password !== ''))
    throw new LabError('adapter-not-fetched', `An address with a password in it is not fetched (${url.host}).`);
  if (!url)
    throw new LabError(
      'adapter-not-fetched',
      `“${text.slice(0, 200)}” is neither an address (https://…) nor a name on the hub (owner/name).`,
    );
  if (url.origin === new URL(hub).origin || url.origin === HUB) {
    const [, pageOwner, pageName, at = 'main', path = ''] = HUB_PAGE.exec(url.pathname) ?? [];
    if (pageOwner !== undefined && pageName !== undefined && !/\.zip$/i.test(path))
      return repository(hub, pageOwner, pageName, decodeURIComponent(at), folderIn(path));
  }
  if (/\.zip$/i.test(url.pathname))
    return { kind: 'zip', name: nameIn(url.pathname).replace(/\.zip$/i, ''), url: url.href };
  const folder = url.pathname.replace(/\/?$/, '/');
  const whole = /\.(?:json|safetensors)$/.test(url.pathname)
    ? url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1)
    : folder;
  return { kind: 'folder', name: nameIn(whole.slice(0, -1)) || url.hostname, url: url.origin + whole };
}

function repository(hub: string, owner: string, name: string, revision: string, folder: string): AdapterAddress {
  const url = `${hub}/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${folder}`;
  return { kind: 'folder', name, url };
}

function urlOf(text: string): URL | null {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
}

/** `/checkpoint-10/adapter_config.json` and `/checkpoint-10` are `checkpoint-10/`. */
function folderIn(path: string): string {
  const folder = /\.(?:json|safetensors|md)$/.test(path) ? path.slice(0, path.lastIndexOf('/')) : path;
  return folder.replace(/^\/+|\/+$/g, '').replace(/(.)$/, '$1/');
}

function nameIn(path: string): string {
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}
