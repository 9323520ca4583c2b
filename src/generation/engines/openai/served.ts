import { LabError } from '../../../errors';
import type { ReaderEntry } from '../../models';
import { type Server, ask, originOf } from './asking';

/** A name that a server can be asked for. */
export interface Served {
  readonly id: string;
  /** The model that it is an adapter of (vLLM's `parent`); null for a model, and where the server does not say. */
  readonly adapterOf: string | null;
  /** What the server loaded under this name (vLLM's `root`). */
  readonly root: string | null;
  /** Tokens of its window (vLLM's `max_model_len`). */
  readonly window: number | null;
}

/** The server's models and, of vLLM, the adapters it was started with. Throws `server-*`. */
export async function listServed(server: Server, signal: AbortSignal): Promise<Served[]> {
  const response = await ask(server, '/models', null, 'list of models', signal);
  const body: unknown = await response.json().catch(() => null);
  signal.throwIfAborted();
  // Ollama without a model answers `data: null`.
  const data = typeof body === 'object' && body !== null && 'data' in body ? (body.data ?? []) : null;
  if (!Array.isArray(data))
    throw new LabError('server-answer', `${originOf(server)} sent no list of models, but something else.`);
  return data.flatMap((one: unknown) => {
    const { id, parent, root, max_model_len: window } = (one ?? {}) as Record<string, unknown>;
    if (typeof id !== 'string') return [];
    return {
      id,
      adapterOf: typeof parent === 'string' && parent !== id ? parent : null,
      root: typeof root === 'string' ? root : null,
      window: typeof window === 'number' ? window : null,
    };
  });
}

/** A served model as an entry of the catalogue; `contextTokens` is Infinity where the server does not say its window. */
export function servedReader(url: string, { id, root, window }: Served): ReaderEntry {
  return {
    id: `${url} ${id}`,
    engine: 'openai',
    label: id,
    baseName: root ?? id,
    source: { kind: 'server', url, model: id },
    contextTokens: window ?? Infinity,
    selfTest: null,
    reads: 'Runs on a server: what is asked and shown leaves this page.',
    licence: 'unknown',
    writes: true,
  };
}
