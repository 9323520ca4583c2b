/** Serves the built page on this machine: `tsx src/cli/serve.ts [--port 4173] [--folder dist] [--under /some/path/] [--no-headers]`. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { contentSecurityPolicy, PAGE_HEADERS } from '../host/policy';

const HOST = '127.0.0.1';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** `under` is the path the folder appears at; it starts and ends with a slash. */
export interface Site {
  readonly folder: string;
  readonly under: string;
  /** Sends no more than GitHub Pages does: no isolation, no policy, and all may be kept for ten minutes. */
  readonly plain?: boolean;
}

const OWN_HEADERS = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': `${contentSecurityPolicy()}; frame-ancestors 'none'`,
};

/** The file a request asks for; null when there is none or it lies outside the folder. */
async function fileFor(site: Site, pathname: string): Promise<{ path: string; bytes: number } | null> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (!decoded.startsWith(site.under) || decoded.includes('\0')) return null;
  const rest = decoded.slice(site.under.length);
  const wanted = resolve(site.folder, rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest);
  try {
    // Resolved on disk, so that neither `..` nor a link leads out of the folder.
    const [root, path] = await Promise.all([realpath(site.folder), realpath(wanted)]);
    if (!path.startsWith(root + sep)) return null;
    const found = await stat(path);
    return found.isFile() ? { path, bytes: found.size } : null;
  } catch {
    return null;
  }
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = site.plain ? {} : OWN_HEADERS;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, Allow: 'GET, HEAD' }).end();
    return;
  }
  const pathname = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  const file = await fileFor(site, pathname);
  if (file === null) {
    response.writeHead(404, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found');
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': MEDIA_TYPES[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
    'Content-Length': file.bytes,
    'Cache-Control': site.plain ? 'max-age=600' : mayBeKept(pathname.slice(site.under.length)),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const stream = createReadStream(file.path);
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

/** Built names hold a hash of their content; everything else may change under its name. */
function mayBeKept(path: string): string {
  return path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** Listens on `port`, or on the next free one of the ten after it. */
export async function serve(site: Site, port: number): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    answer(site, request, response).catch(() => response.destroy());
  });
  for (let tried = port; ; tried++) {
    try {
      await new Promise<void>((listening, failed) => {
        server.once('error', failed);
        server.listen(tried, HOST, () => {
          server.off('error', failed);
          listening();
        });
      });
      return { server, address: `http://${HOST}:${String(tried)}${site.under}` };
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || tried >= port + 10) throw error;
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4173' },
      folder: { type: 'string', default: 'dist' },
      under: { type: 'string', default: '/' },
      'no-headers': { type: 'boolean', default: false },
    },
  });
  const { folder, under, 'no-headers': plain } = values;
  const { address } = await serve({ folder, under, plain }, Number(values.port));
  console.log(`Openbook is at ${address} (stop with Ctrl+C)`);
}
