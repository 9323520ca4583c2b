import { describe, expect, test } from 'vitest';
import { apiBase, isMixed, onThisMachine, waysIn } from '../../src/generation/engines/openai/address';
import { eventData } from '../../src/generation/engines/openai/sse';

describe('the address of a server', () => {
  test.each([
    ['http://localhost:8000', 'http://localhost:8000/v1'],
    ['http://localhost:8000/', 'http://localhost:8000/v1'],
    ['http://localhost:8000/v1', 'http://localhost:8000/v1'],
    [' http://localhost:8000/v1/ ', 'http://localhost:8000/v1'],
    ['http://localhost:8000/v1/chat/completions', 'http://localhost:8000/v1'],
    ['http://localhost:8000/v1/models/', 'http://localhost:8000/v1'],
    ['localhost:11434', 'http://localhost:11434/v1'],
    ['127.0.0.1:8080/v1', 'http://127.0.0.1:8080/v1'],
    ['[::1]:8080', 'http://[::1]:8080/v1'],
    ['workstation:8000', 'http://workstation:8000/v1'],
    ['nas.local', 'http://nas.local/v1'],
    ['192.168.1.5:8000', 'http://192.168.1.5:8000/v1'],
    ['llm.example.org', 'https://llm.example.org/v1'],
    ['https://api.example.org/openai', 'https://api.example.org/openai/v1'],
    ['https://api.example.org/v1beta/openai/', 'https://api.example.org/v1beta/openai'],
    ['HTTPS://API.Example.org', 'https://api.example.org/v1'],
  ])('%j is %s', (typed, base) => {
    expect(apiBase(typed)).toBe(base);
    expect(apiBase(base)).toBe(base);
  });

  test.each(['', '   ', 'http://', 'ftp://host', 'file:///etc/passwd', 'http://a b', 'javascript://x'])(
    '%j is none',
    (typed) => {
      expect(() => apiBase(typed)).toThrow(expect.objectContaining({ code: 'server-address' }) as Error);
    },
  );

  test.each(['https://me:hunter2@host.example/v1', 'https://host.example/v1?key=hunter2'])(
    'a key in %s is refused and not repeated',
    (typed) => {
      try {
        apiBase(typed);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ code: 'server-address' });
        expect(String(error)).not.toContain('hunter2');
      }
    },
  );

  test('a page that came by https may ask by http on this machine alone', () => {
    const here = ['http://localhost/v1', 'http://127.0.0.1:8000/v1', 'http://[::1]/v1', 'http://a.localhost/v1'];
    const there = ['http://192.168.1.5/v1', 'http://nas.local/v1', 'http://localhost.example.org/v1'];
    for (const base of here) expect([onThisMachine(base), isMixed(base, 'https:')]).toEqual([true, false]);
    for (const base of there)
      expect([onThisMachine(base), isMixed(base, 'https:'), isMixed(base, 'http:')]).toEqual([false, true, false]);
    expect(isMixed('https://192.168.1.5/v1', 'https:')).toBe(false);
  });

  test('each server is told of the page’s origin in its own way', () => {
    expect(waysIn('https://me.github.io').map(({ server, command }) => `${server}: ${command}`)).toEqual([
      `vLLM: vllm serve MODEL --allowed-origins '["https://me.github.io"]'`,
      'llama.cpp: llama-server -m MODEL.gguf --cors-origins https://me.github.io',
      'Ollama: OLLAMA_ORIGINS=https://me.github.io ollama serve',
    ]);
  });
});

describe('a stream of events', () => {
  async function dataIn(stream: string, cut = Infinity): Promise<string[]> {
    const bytes = new TextEncoder().encode(stream);
    async function* parts() {
      for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, Math.min(bytes.length, at + cut));
    }
    const data: string[] = [];
    for await (const one of eventData(parts())) data.push(one);
    return data;
  }

  const STREAM = [
    'data: {"a":"é 🙂"}',
    '',
    ': ping',
    '',
    'event: x',
    'data:two',
    'data:  lines',
    '',
    'data: [DONE]',
    '',
  ];
  const DATA = ['{"a":"é 🙂"}', 'two\n lines', '[DONE]'];

  test.each(['\n', '\r\n', '\r'])('with lines that end with %j, wherever the network cuts it', async (end) => {
    const stream = `${STREAM.join(end)}${end}`;
    for (let cut = 1; cut <= 40; cut++) expect(await dataIn(stream, cut)).toEqual(DATA);
    expect(await dataIn(stream)).toEqual(DATA);
  });

  test('that starts with a byte order mark and ends without an empty line', async () => {
    expect(await dataIn('\ufeffdata: one\n\ndata: two')).toEqual(['one', 'two']);
    expect(await dataIn('data: one\r')).toEqual(['one']);
    expect(await dataIn('')).toEqual([]);
    expect(await dataIn(':\n\n:\n\n')).toEqual([]);
  });

  test('that says “error” in place of data', async () => {
    expect(await dataIn('error: {"message":"no"}\n\n')).toEqual(['{"error":{"message":"no"}}']);
  });
});
