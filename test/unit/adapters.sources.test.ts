/** Adapters out of folders, files, zips and addresses. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAddress } from '../../src/adapters/sources/address';
import { fetchAdapter } from '../../src/adapters/sources/fetching';
import { type BroughtFile, pickAdapter } from '../../src/adapters/sources/files';
import { licenceOf } from '../../src/adapters/sources/licence';
import { webFiles } from '../../src/inference/files';
import { finish } from '../../src/job';
import { zip } from '../fixtures/adapters/zips';
import { peftFiles } from '../fixtures/peft/read';

const plain = await peftFiles('imports/plain');
const CARD = '---\nlicense: apache-2.0\ntags:\n- lora\n---\n# Plain\nlicense: not this\n';
const encoder = new TextEncoder();

function brought(files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>): BroughtFile[] {
  return Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === 'string' ? encoder.encode(content) : content;
    return { path, bytes: bytes.length, read: () => Promise.resolve(bytes) };
  });
}
const pick = (files: Parameters<typeof brought>[0]) => pickAdapter(brought(files));
const both = (folder = '') => ({
  [`${folder}adapter_config.json`]: plain.config,
  [`${folder}adapter_model.safetensors`]: plain.weights,
});

describe('picked out of files', () => {
  test.each([
    ['two files', both(), null, null],
    ['two files of other names', { 'mine.json': plain.config, 'mine.safetensors': plain.weights }, 'mine', null],
    [
      'a folder, with what else lies in it',
      {
        ...both('clerk/'),
        'clerk/README.md': CARD,
        'clerk/tokenizer.json': '{}',
        'clerk/checkpoint-9/README.md': '',
        ...both('clerk/checkpoint-9/'),
      },
      'clerk',
      'apache-2.0',
    ],
    ['a zip of two files', { 'bag.zip': zip(both()) }, 'bag', null],
    ['a zip of a folder', { 'Bag.ZIP': zip({ ...both('clerk/'), 'clerk/README.md': CARD }) }, 'clerk', 'apache-2.0'],
  ])('%s', async (_, files, name, licence) => {
    const found = await pick(files);
    expect(found).toEqual({ name, config: plain.config, weights: plain.weights, licence });
  });

  test.each([
    ['nothing', {}, 'adapter-incomplete', 'adapter_config.json and adapter_model.safetensors'],
    ['a config alone', { 'adapter_config.json': plain.config }, 'adapter-incomplete', 'two files'],
    ['weights alone', { 'adapter_model.safetensors': plain.weights }, 'adapter-incomplete', 'two files'],
    ['two adapters', { ...both('a/'), ...both('b/') }, 'adapter-incomplete', 'several adapters (a/, b/)'],
    ['a zip of nothing', { 'a.zip': zip({ 'x.txt': 'x' }) }, 'adapter-incomplete', 'two files'],
    ['a zip in a zip', { 'a.zip': zip({ 'b.zip': zip(both()) }) }, 'adapter-incomplete', 'two files'],
    [
      'a pickle',
      { 'adapter_config.json': plain.config, 'adapter_model.bin': 'x' },
      'adapter-unsupported',
      'adapter_model.bin is a pickle',
    ],
    [
      'a config that is no text of this world',
      { ...both(), 'adapter_config.json': new Uint8Array(2 ** 20 + 1) },
      'adapter-unsupported',
      'adapter_config.json has 1,048,577 bytes',
    ],
    ['a broken zip', { 'a.zip': 'PK' }, 'adapter-damaged', 'The zip file is damaged'],
  ])('refused: %s', async (_, files, code, words) => {
    await expect(pick(files)).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  test('weights beyond the limit are not read', async () => {
    const [config, weights] = brought(both());
    if (!config || !weights) throw new Error('There are no files.');
    let read = 0;
    const huge = {
      ...weights,
      bytes: 2 ** 30 + 1,
      read: () => {
        read++;
        return weights.read();
      },
    };
    await expect(pickAdapter([config, huge])).rejects.toMatchObject({ code: 'adapter-unsupported' });
    expect(read).toBe(0);
  });
});

test.each([
  [CARD, 'apache-2.0'],
  ['---\r\nlicense: "mit"\r\n---\r\n', 'mit'],
  ['---\nlicense: other\nlicense_name: gemma\n---\n', 'gemma'],
  ['---\nlicense: other\n---\n', 'other'],
  ['---\nlicense:\nbase_model: x\n---\n', null],
  ['# No front matter\nlicense: mit\n', null],
  ['', null],
])('the licence of the card %j is %j', (card, licence) => {
  expect(licenceOf(card)).toBe(licence);
});

describe('addresses', () => {
  const at = (path: string) => `https://hub.test/${path}`;
  test.each([
    ['owner/name', 'folder', 'name', at('owner/name/resolve/main/')],
    [' owner/my.lora_2@v1.0 ', 'folder', 'my.lora_2', at('owner/my.lora_2/resolve/v1.0/')],
    ['owner/name@refs/pr/3', 'folder', 'name', at('owner/name/resolve/refs%2Fpr%2F3/')],
    [at('owner/name'), 'folder', 'name', at('owner/name/resolve/main/')],
    [at('owner/name/tree/dev'), 'folder', 'name', at('owner/name/resolve/dev/')],
    [at('owner/name/tree/dev/checkpoint-10'), 'folder', 'name', at('owner/name/resolve/dev/checkpoint-10/')],
    [at('owner/name/blob/main/adapter_config.json'), 'folder', 'name', at('owner/name/resolve/main/')],
    [at('owner/name/resolve/main/x/adapter_model.safetensors'), 'folder', 'name', at('owner/name/resolve/main/x/')],
    [at('owner/name/resolve/main/all.zip'), 'zip', 'all', at('owner/name/resolve/main/all.zip')],
    ['https://huggingface.co/owner/name', 'folder', 'name', at('owner/name/resolve/main/')],
    ['https://a.test/loras/clerk.zip?v=2', 'zip', 'clerk', 'https://a.test/loras/clerk.zip?v=2'],
    ['https://a.test/loras/clerk', 'folder', 'clerk', 'https://a.test/loras/clerk/'],
    ['https://a.test/loras/clerk/', 'folder', 'clerk', 'https://a.test/loras/clerk/'],
    ['https://a.test/loras/clerk/adapter_config.json', 'folder', 'clerk', 'https://a.test/loras/clerk/'],
    ['http://localhost:8000/', 'folder', 'localhost', 'http://localhost:8000/'],
  ])('%s', (address, kind, name, url) => {
    expect(readAddress(address, 'https://hub.test')).toEqual({ kind, name, url });
  });

  test.each([
    '',
    'name',
    'a/b/c',
    'owner/na me',
    '../secrets',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
  ])('refused: %j', (address) => {
    expect(() => readAddress(address)).toThrow(expect.objectContaining({ code: 'adapter-not-fetched' }) as Error);
  });

  test('one with a password in it is refused without repeating it', () => {
    expect(() => readAddress('https://me:secret@a.test/x')).toThrow(
      expect.objectContaining({
        code: 'adapter-not-fetched',
        message: 'An address with a password in it is not fetched (a.test).',
      }) as Error,
    );
  });
});

describe('fetched', () => {
  const files = new Map<string, Uint8Array>([
    ['/whole/adapter_config.json', encoder.encode(plain.config)],
    ['/whole/adapter_model.safetensors', plain.weights],
    ['/whole/README.md', encoder.encode(CARD)],
    ['/bare/adapter_config.json', encoder.encode(plain.config)],
    ['/bare/adapter_model.safetensors', plain.weights],
    ['/half/adapter_config.json', encoder.encode(plain.config)],
    ['/cut/adapter_config.json', encoder.encode(plain.config)],
    ['/cut/adapter_model.safetensors', plain.weights],
    ['/bag.zip', zip(both('clerk/'))],
    ['/o/n/resolve/v2/adapter_config.json', encoder.encode(plain.config)],
    ['/o/n/resolve/v2/adapter_model.safetensors', plain.weights],
    ['/flood/adapter_config.json', new Uint8Array(3 * 2 ** 20)],
  ]);
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const file = files.get(url);
    if (!file) response.writeHead(404).end();
    else if (url.startsWith('/cut/') && url.endsWith('.safetensors')) {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 1000));
      setTimeout(() => response.destroy(), 20);
    } else response.writeHead(200).end(file);
  });
  let host = '';
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    host = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { signal } = new AbortController();
  const get = (address: string) => fetchAdapter(readAddress(address, host), webFiles(false), signal);

  test('a folder with its card, counted in bytes', async () => {
    const told: number[] = [];
    const found = await finish(get(`${host}/whole`), ({ done, total, unit }) => {
      expect([total, unit]).toEqual([null, 'bytes']);
      told.push(done);
    });
    expect(found).toEqual({ name: 'whole', config: plain.config, weights: plain.weights, licence: 'apache-2.0' });
    expect(told.at(-1)).toBe(plain.weights.length);
  });

  test.each([
    ['a folder without a card', '/bare/', 'bare'],
    ['a zip', '/bag.zip', 'clerk'],
  ])('%s', async (_, path, name) => {
    expect(await finish(get(host + path))).toEqual({ name, ...plain, licence: null });
  });

  test('a name on the hub, at its revision', async () => {
    asked.length = 0;
    expect(await finish(get('o/n@v2'))).toEqual({ name: 'n', ...plain, licence: null });
    expect(asked).toEqual([
      '/o/n/resolve/v2/adapter_config.json',
      '/o/n/resolve/v2/README.md',
      '/o/n/resolve/v2/adapter_model.safetensors',
    ]);
  });

  test.each([
    [
      'nothing there',
      '/none/',
      'adapter-not-fetched',
      /adapter_config\.json is not there \(answer 404\)\. Asked for http/,
    ],
    ['no weights', '/half/', 'adapter-not-fetched', /adapter_model\.safetensors is not there/],
    ['weights that break off', '/cut/', 'adapter-not-fetched', /adapter_model\.safetensors broke off/],
    ['a config that does not end', '/flood/', 'adapter-unsupported', /longer than 1,048,576 bytes/],
  ])('%s', async (_, path, code, message) => {
    await expect(finish(get(host + path))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test('a host that does not answer', async () => {
    await expect(finish(get('http://127.0.0.1:9/x'))).rejects.toMatchObject({ code: 'adapter-not-fetched' });
  });

  test('it can be stopped', async () => {
    const abort = new AbortController();
    const job = fetchAdapter(readAddress(`${host}/whole`), webFiles(false), abort.signal);
    await job.next();
    abort.abort();
    await expect(finish(job)).rejects.toHaveProperty('name', 'AbortError');
  });
});
