/**
 * The data of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as far
 * as servers of language models use it: lines end with LF, CRLF or CR, a space after the colon may be missing, comments
 * keep the connection alive, and the last event may lack its empty line. Lines named `error`, which llama.cpp wrote in
 * place of data, are handed on as `{"error": …}`.
 */
export async function* eventData(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  function* taken(lines: readonly string[]): Generator<string, void, void> {
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
        continue;
      }
      const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === 'data') data.push(value);
      else if (field === 'error') data.push(`{"error":${value}}`);
    }
  }
  for await (const part of bytes) {
    rest += decoder.decode(part, { stream: true });
    // A CR at the end may be the first half of a CRLF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* taken(lines);
  }
  yield* taken([(rest + decoder.decode()).replace(/\r$/, ''), '']);
}

/** A body's bytes; not all browsers iterate one. */
export async function* bytesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const next = await reader.read();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
