/** The nodes that bring LoRA to a linear: its own with its output renamed, and after it those that make the old name. */
import { FLOAT, type OnnxNode } from '../../onnx/model';
import { type NewNode, newNode } from '../../onnx/write';
import type { GraftTarget, GraftedLinear } from './graft';

export function plainNodes(node: OnnxNode, { linear, targets: [target] }: GraftedLinear): OnnxNode[] {
  if (!target) return [node];
  const place = `/lora/layers.${String(linear.layer)}/${linear.projection}`;
  const nodes = new Sum(node, place, linear.yType);
  const delta = nodes.add('MatMul', 'B', [nodes.gated(place, linear, target), target.bName], 'delta');
  nodes.end(nodes.add('Add', 'sum', [nodes.base, delta]));
  return nodes.all;
}

/**
 * The first of a group multiplies by the A that they share. Gemm adds the base while it multiplies, but only takes
 * matrices: Flatten, Shape and Reshape around it move no values. Rows of the batch are gated before they are flattened.
 */
export function groupedNodes(node: OnnxNode, { linear, targets: [target] }: GraftedLinear): OnnxNode[] {
  if (!target) return [node];
  const group = `/lora/${target.aName}`;
  const nodes = new Sum(node, `/lora/layers.${String(linear.layer)}/${linear.projection}`, linear.yType);
  const rows = { ints: { axis: 2 } };
  if (target.block === 0)
    nodes.put('Flatten', `${group}/rows`, [nodes.gated(group, linear, target)], `${group}/gated_rows`, rows);
  const base = nodes.add('Flatten', 'rows', [nodes.base], 'base_rows', rows);
  const sum = nodes.add('Gemm', 'B', [`${group}/gated_rows`, target.bName, base], 'sum');
  const shape = nodes.add('Shape', 'shape', [nodes.base], 'shape_of_base');
  nodes.end(nodes.add('Reshape', 'tokens', [sum, shape]));
  return nodes.all;
}

/** Gathers the nodes of one linear, from its own to the one that makes its old output. */
class Sum {
  readonly all: OnnxNode[];
  /** What the linear computes, in 32 bits. */
  readonly base: string;
  readonly #y: string;

  constructor(
    node: OnnxNode,
    private readonly place: string,
    private readonly yType: number,
  ) {
    const [y = ''] = node.outputs;
    this.#y = y;
    const base = `${place}/base`;
    this.all = [{ ...node, outputs: [base] }];
    this.base = this.#wide(base, `${place}/base_wide`, yType);
  }

  put(op: string, name: string, inputs: string[], output: string, more: Pick<NewNode, 'ints'> = {}): string {
    this.all.push(newNode({ op, name, inputs, outputs: [output], ...more }));
    return output;
  }

  add(op: string, step: string, inputs: string[], output = step, more: Pick<NewNode, 'ints'> = {}): string {
    return this.put(op, `${this.place}/${step}`, inputs, `${this.place}/${output}`, more);
  }

  /** (x A) * gate, in 32 bits. */
  gated(at: string, { x, xType }: GraftedLinear['linear'], { aName, gateName }: GraftTarget): string {
    const product = this.put('MatMul', `${at}/A`, [this.#wide(x, `${at}/x_wide`, xType), aName], `${at}/xA`);
    return this.put('Mul', `${at}/gate`, [product, gateName], `${at}/gated`);
  }

  /** The last node makes the linear's old output, in its type. */
  end(sum: string): void {
    if (this.yType !== FLOAT) {
      this.put('Cast', `${this.place}/narrow`, [sum], this.#y, { ints: { to: this.yType } });
      return;
    }
    const last = this.all.pop();
    if (last) this.all.push({ ...last, outputs: [this.#y] });
  }

  #wide(value: string, wide: string, type: number): string {
    return type === FLOAT ? value : this.put('Cast', wide, [value], wide, { ints: { to: FLOAT } });
  }
}
