/** Documents from an address: what may be asked, what it is called here, and what of it is not read. */
import { afterEach, expect, test, vi } from 'vitest';
import { documentAddress, nameOfFetched } from '../../src/documents/address';
import { finish } from '../../src/job';
import { fetchDocument } from '../../src/lab/fetchedDocument';

const { signal } = new AbortController();

test.each([
  ['https://example.org/a.pdf#page=2', 'https://example.org/a.pdf'],
  [' example.org/rules ', 'https://example.org/rules'],
  ['http://localhost:8080/a.md', 'http://localhost:8080/a.md'],
])('%s', (typed, href) => {
  expect(documentAddress(typed).href).toBe(href);
});

test.each(['', 'rules', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'https://a:b@example.org/x'])(
  '%j is refused',
  (typed) => {
    expect(() => documentAddress(typed)).toThrow(expect.objectContaining({ code: 'address-refused' }) as Error);
  },
);

test.each([
  ['https://example.org/', 'text/html; charset=utf-8', 'example.org/index.html'],
  ['https://example.org/a/', 'application/xhtml+xml', 'example.org/a/index.html'],
  ['https://example.org/rules', 'text/html', 'example.org/rules.html'],
  ['https://example.org/rules.md', 'text/html', 'example.org/rules.md.html'],
  ['https://example.org/r%20a.md?v=1', 'text/plain', 'example.org/r a.md'],
  ['https://example.org/notes', 'text/plain', 'example.org/notes.txt'],
  ['https://example.org/a.pdf', 'application/octet-stream', 'example.org/a.pdf'],
  ['https://example.org/a.docx', 'application/zip', 'example.org/a.docx'],
  ['https://example.org/get', 'application/pdf', 'example.org/get.pdf'],
  ['https://example.org/a.ts', null, 'example.org/a.ts'],
  ['https://example.org/%ff', 'text/csv', 'example.org/%ff.csv'],
])('%s served as %s', (href, type, name) => {
  expect(nameOfFetched(new URL(href), type)).toBe(name);
});

test.each([
  ['https://example.org/a.pdf', 'image/png'],
  ['https://example.org/a', null],
  ['https://example.org/a.exe', 'application/octet-stream'],
  ['https://example.org/a.pdf', 'constructor'],
])('%s served as %s is of no kind that is read', (href, type) => {
  expect(() => nameOfFetched(new URL(href), type)).toThrow(
    expect.objectContaining({ code: 'unknown-format' }) as Error,
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function serve(respond: () => Response): ReturnType<typeof vi.fn<typeof fetch>> {
  const asked = vi.fn<typeof fetch>(() => Promise.resolve(respond()));
  vi.stubGlobal('fetch', asked);
  return asked;
}
const fetched = (typed: string, lacking: readonly string[] = []) => finish(fetchDocument(typed, () => lacking, signal));

test('what comes is a file named by its place; nothing of the visitor goes along', async () => {
  const asked = serve(() => new Response('<p>Two towels.', { headers: { 'content-type': 'text/html' } }));
  const file = await fetched('example.org/pool');
  expect([file.name, file.webkitRelativePath, await file.text()]).toEqual([
    'pool.html',
    'example.org/pool.html',
    '<p>Two towels.',
  ]);
  expect(asked.mock.calls.map(([url, options]) => [url instanceof URL && url.href, options])).toEqual([
    ['https://example.org/pool', { signal, credentials: 'omit', referrerPolicy: 'no-referrer' }],
  ]);
});

test('an address that was not let in is not asked', async () => {
  const asked = serve(() => new Response('x'));
  await expect(fetched('https://example.org/a.md', ['https://example.org'])).rejects.toMatchObject({
    code: 'address-refused',
  });
  await expect(fetched('http://example.org/a.md', ['http://example.org'])).rejects.toMatchObject({
    code: 'address-refused',
    message: 'http://example.org is neither https nor on this machine.',
  });
  expect(asked).not.toHaveBeenCalled();
});

test.each([
  ['that is not there', () => new Response('', { status: 404 }), 'address-unreadable', '404'],
  [
    'that lets nobody read it',
    () => {
      throw new TypeError('Failed to fetch');
    },
    'address-unreadable',
    'could not be reached',
  ],
  ['of no kind', () => new Response('x', { headers: { 'content-type': 'image/png' } }), 'unknown-format', 'image/png'],
  [
    'that says to be too long',
    () => new Response('x', { headers: { 'content-length': '200000000' } }),
    'document-too-large',
    '200.0 MB',
  ],
] as const)('one %s', async (_, respond, code, words) => {
  serve(respond);
  await expect(fetched('https://example.org/a.txt')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(words) as string,
  });
});

test('one that never ends is left at the limit of its kind', async () => {
  let handed = 0;
  let left = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      handed += 1_000_000;
      controller.enqueue(new Uint8Array(1_000_000));
    },
    cancel: () => {
      left = true;
    },
  });
  serve(() => new Response(endless));
  await expect(fetched('https://example.org/a.txt')).rejects.toMatchObject({ code: 'document-too-large' });
  expect(handed).toBeLessThan(23_000_000);
  expect(left).toBe(true);
});
