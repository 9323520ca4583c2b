import type { AdapterInfo } from '../../lab';
import { joined } from './numbers';

const SHORT: Readonly<Record<string, string>> = {
  q_proj: 'q',
  k_proj: 'k',
  v_proj: 'v',
  o_proj: 'o',
  qkv_proj: 'qkv',
  gate_proj: 'gate',
  up_proj: 'up',
  down_proj: 'down',
  gate_up_proj: 'gate+up',
};

/** A linear's name as people say it: `q`, `down`. */
export function projection(name: string): string {
  return SHORT[name] ?? name;
}

/** `q, v, up and down, 6 layers`; null when nothing is known. */
export function changes({ layers, targets }: AdapterInfo): string | null {
  const what = targets.length > 0 ? [joined(targets.map(projection))] : [];
  const where = layers === null ? [] : [`${String(layers)} ${layers === 1 ? 'layer' : 'layers'}`];
  return what.length + where.length > 0 ? [...what, ...where].join(', ') : null;
}

/** `from disk, 12 March, PEFT 0.18`. */
export function provenance({ addedAt, origin, peftVersion }: AdapterInfo): string {
  const when =
    addedAt === null ? [] : [new Date(addedAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })];
  const made = peftVersion === null ? [] : [`PEFT ${peftVersion}`];
  return [origin ?? 'unknown', ...when, ...made].join(', ');
}

/** How a mitigated adapter is called: 0.75 becomes `075`. */
export function lambdaName(lambda: number): string {
  return String(Math.round(lambda * 100)).padStart(3, '0');
}
