import { FLOAT, INT64, type OnnxModel, type OnnxNode, intOf } from '../../onnx/model';
import { newNode, newTensor, newValue } from '../../onnx/write';

const MICROSOFT = 'com.microsoft';
const BOOL = 9;

interface Attention {
  readonly kvHeads: number;
  /** Query heads per key head. */
  readonly group: number;
  readonly headWidth: number;
  readonly scale: number;
}

/**
 * Turns every `GroupQueryAttention` into the plain operators that it stands for, which ONNX Runtime's WebAssembly
 * runs several times faster. The past and the new columns are read apart, so that neither is copied, and only the new
 * ones are given back (layout `fresh`); a query sees the columns whose mask is 1 up to its own. Null where an attention is of another kind.
 * Keys lie turned and queries are scaled beforehand, since only so a product for one token runs without a copy of all keys.
 * Definition: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention
 */
export function plainAttention(model: OnnxModel): OnnxModel | null {
  const found = model.nodes.map((node) => (node.op === 'GroupQueryAttention' ? attentionOf(model, node) : undefined));
  const known = found.filter((attention) => attention !== undefined);
  const inputs = new Set(model.inputs.map(({ name }) => name));
  // Operators since 13 take axes as inputs.
  if (known.length === 0 || known.includes(null) || model.opset < 13) return null;
  if (!inputs.has('attention_mask') || !inputs.has('input_ids')) return null;
  const graph = new Additions();
  const shared = { positions: writePositions(graph), ...writeBias(graph) };
  const before = graph.nodes;
  const turned = new Map<string, ReturnType<typeof newValue>>();
  const nodes = model.nodes.flatMap((node, i) => {
    const attention = found[i];
    if (!attention) return [node];
    graph.nodes = [];
    writeAttention(graph, node, attention, shared);
    const lines = attention.kvHeads * attention.headWidth;
    for (const [name = '', columns = ''] of [
      [node.inputs[3], 'key_columns'],
      [node.outputs[1], 'new_key_columns'],
    ])
      turned.set(name, newValue(name, FLOAT, ['batch_size', lines, columns, 1]));
    return graph.nodes;
  });
  return {
    ...model,
    nodes: [...before, ...nodes],
    initializers: [...model.initializers, ...graph.constants],
    inputs: model.inputs.map((value) => turned.get(value.name) ?? value),
    outputs: model.outputs.map((value) => turned.get(value.name) ?? value),
  };
}

/** Null unless it is causal attention over all of the past, with rotary positions and nothing else. */
function attentionOf(model: OnnxModel, node: OnnxNode): Attention | null {
  const { inputs, floats } = node;
  const heads = intOf(node, 'num_heads');
  const kvHeads = intOf(node, 'kv_num_heads');
  const cosines = model.initializers.find(({ name }) => name === inputs[7]);
  const halfWidth = cosines?.dims[1];
  // A negative number reads as one beyond 2^53.
  const window = intOf(node, 'local_window_size') ?? Infinity;
  const others = ['rotary_interleaved', 'smooth_softmax', 'qk_output', 'k_quant_type', 'v_quant_type'];
  if (!heads || !kvHeads || heads % kvHeads !== 0 || !halfWidth || cosines.type !== FLOAT) return null;
  if (inputs.length !== 9 || inputs.includes('') || intOf(node, 'do_rotary') !== 1 || window < 2 ** 53) return null;
  if (others.some((name) => intOf(node, name) !== undefined && intOf(node, name) !== 0)) return null;
  if ((floats.get('softcap') ?? 0) !== 0) return null;
  const headWidth = 2 * halfWidth;
  return { kvHeads, group: heads / kvHeads, headWidth, scale: floats.get('scale') || 1 / Math.sqrt(headWidth) };
}

/** Names of what all layers read. */
interface Shared {
  readonly positions: string;
  readonly bias: string;
  readonly past: string;
}

/** Gathers new nodes and constants; each `add` returns the name of its output. */
class Additions {
  nodes: OnnxNode[] = [];
  readonly constants: ReturnType<typeof newTensor>[] = [];
  readonly #named = new Map<string, string>();

  add(op: string, name: string, inputs: readonly string[], more: Partial<Parameters<typeof newNode>[0]> = {}): string {
    const node = newNode({ op, name, inputs, outputs: [`${name}/output_0`], ...more });
    this.nodes.push(node);
    return node.outputs[0] ?? '';
  }

  /** int64, a vector unless `scalar`. */
  whole(values: readonly number[], scalar = false): string {
    const key = `${scalar ? 'scalar' : 'vector'}/${values.join('_')}`;
    const known = this.#named.get(key);
    if (known) return known;
    const name = `/attention/whole/${key}`;
    const tensor = newTensor(name, INT64, scalar ? [] : [values.length], BigInt64Array.from(values, BigInt));
    this.constants.push(tensor);
    this.#named.set(key, name);
    return name;
  }

  float(name: string, value: number): string {
    this.constants.push(newTensor(name, FLOAT, [], Float32Array.of(value)));
    return name;
  }

  /** A constant times a number: ONNX Runtime computes it once, as it loads. */
  scaled(constant: string, by: number): string {
    const key = `${constant}/by/${String(by)}`;
    const known = this.#named.get(key);
    if (known) return known;
    const product = this.add('Mul', `/attention/${key}`, [constant, this.float(`/attention/${key}/scale`, by)]);
    this.#named.set(key, product);
    return product;
  }
}

/** How many tokens are new, [1]. */
function writeNewTokens(graph: Additions, at: string): string {
  const shape = graph.add('Shape', `${at}/ids`, ['input_ids']);
  return graph.add('Gather', `${at}/new`, [shape, graph.whole([1])], { ints: { axis: 0 } });
}

/** Positions of the new tokens among the row's real ones, [batch, new]. */
function writePositions(graph: Additions): string {
  const at = '/attention/positions';
  const start = graph.add('Neg', `${at}/start`, [writeNewTokens(graph, at)]);
  const counted = graph.add('CumSum', `${at}/counted`, ['attention_mask', graph.whole([1], true)]);
  const inputs = [counted, start, graph.whole([Number.MAX_SAFE_INTEGER]), graph.whole([1])];
  const last = graph.add('Slice', `${at}/last`, inputs);
  return graph.add('Sub', `${at}/from0`, [last, graph.whole([1])]);
}

/** `bias` is 0 where a new token may look, far below 0 elsewhere, [batch, 1, 1, new, columns]; `past` the columns that are not new, [1]. */
function writeBias(graph: Additions): Omit<Shared, 'positions'> {
  const at = '/attention/bias';
  const one = graph.whole([1], true);
  const scalar = (name: string, vector: string) => graph.add('Squeeze', name, [vector]);
  const fresh = scalar(`${at}/new0`, writeNewTokens(graph, at));
  const shape = graph.add('Shape', `${at}/mask`, ['attention_mask']);
  const columns = scalar(
    `${at}/columns`,
    graph.add('Gather', `${at}/columns1`, [shape, graph.whole([1])], { ints: { axis: 0 } }),
  );
  const before = graph.add('Sub', `${at}/before`, [columns, fresh]);
  const column = graph.add('Range', `${at}/column`, [graph.whole([0], true), columns, one]);
  const row = graph.add('Range', `${at}/row`, [before, columns, one]);
  const rows = graph.add('Unsqueeze', `${at}/rows`, [row, graph.whole([1])]);
  const causal = graph.add('LessOrEqual', `${at}/causal`, [column, rows]);
  const real = graph.add('Cast', `${at}/real`, ['attention_mask'], { ints: { to: BOOL } });
  const spread = graph.add('Unsqueeze', `${at}/spread`, [real, graph.whole([1, 2, 3])]);
  const seen = graph.add('And', `${at}/seen`, [causal, spread]);
  const never = graph.float(`${at}/never`, -1e30);
  return {
    bias: graph.add('Where', `${at}/where`, [seen, graph.float(`${at}/0`, 0), never]),
    past: graph.add('Unsqueeze', `${at}/past`, [before, graph.whole([0])]),
  };
}

function writeAttention(
  graph: Additions,
  node: OnnxNode,
  { kvHeads, group, headWidth, scale }: Attention,
  { positions, bias, past }: Shared,
): void {
  const [query = '', key = '', value = '', pastKey = '', pastValue = '', , , cosines = '', sines = ''] = node.inputs;
  const [output = '', presentKey = '', presentValue = ''] = node.outputs;
  const add = (op: string, step: string, inputs: readonly string[], more = {}) =>
    graph.add(op, `${node.name}/${step}`, inputs, more);
  const rotate = (step: string, x: string, cosine: string, sine: string) =>
    add('RotaryEmbedding', step, [x, positions, cosine, sine], { domain: MICROSOFT, ints: { interleaved: 0 } });
  // Rotation is linear: a scaled one scales the queries for nothing.
  const rotated = rotate('q/rotary', query, graph.scaled(cosines, scale), graph.scaled(sines, scale));
  const split = add('Reshape', 'q/split', [rotated, graph.whole([0, 0, kvHeads, group, headWidth])]);
  const queries = add('Transpose', 'q', [split], { ints: { perm: [0, 2, 3, 1, 4] } });
  // [batch, heads x width, columns, 1] as [batch, heads, 1, width, columns]; the 1 lets the heads of a group share them.
  const scores = (step: string, keys: string) =>
    add('MatMul', `${step}/scores`, [
      queries,
      add('Reshape', `${step}/shared`, [keys, graph.whole([0, kvHeads, 1, headWidth, -1])]),
    ]);
  const turned = add('Transpose', 'k', [rotate('k/rotary', key, cosines, sines)], { ints: { perm: [0, 2, 1] } });
  const newKeys = add('Unsqueeze', 'k/turned', [turned, graph.whole([3])], { outputs: [presentKey] });
  const newValues = add(
    'Transpose',
    'v',
    [add('Reshape', 'v/split', [value, graph.whole([0, 0, kvHeads, headWidth])])],
    { ints: { perm: [0, 2, 1, 3] }, outputs: [presentValue] },
  );
  const both = add('Concat', 'scores', [scores('k/past', pastKey), scores('k/new', newKeys)], { ints: { axis: 4 } });
  const weights = add('Softmax', 'softmax', [add('Add', 'masked', [both, bias])], { ints: { axis: 4 } });
  const weighted = (step: string, from: string, to: string, values: string) =>
    add('MatMul', `${step}/weighted`, [
      add('Slice', `${step}/weights`, [weights, from, to, graph.whole([4])]),
      add('Unsqueeze', `${step}/shared`, [values, graph.whole([2])]),
    ]);
  const sum = add('Add', 'sum', [
    weighted('v/past', graph.whole([0]), past, pastValue),
    weighted('v/new', past, graph.whole([Number.MAX_SAFE_INTEGER]), newValues),
  ]);
  const read = add('Transpose', 'read', [sum], { ints: { perm: [0, 3, 1, 2, 4] } });
  add('Reshape', 'join', [read, graph.whole([0, 0, kvHeads * group * headWidth])], { outputs: [output] });
}
