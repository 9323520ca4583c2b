/** The nodes that bring LoRA to a linear: its own with its output renamed, and after it those that make the old name. */
import type { OnnxNode } from '../../onnx/model';
import { type NewNode, newNode } from '../../onnx/write';
import type { GraftTarget } from './graft';

export function plainNodes(node: OnnxNode, target: GraftTarget): OnnxNode[] {
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const place = placeOf(target);
  const base = `${place}/base`;
  return [
    { ...node, outputs: [base] },
    make('MatMul', `${place}/A`, [x, target.aName], `${place}/xA`),
    make('Mul', `${place}/gate`, [`${place}/xA`, target.gateName], `${place}/gated`),
    make('MatMul', `${place}/B`, [`${place}/gated`, target.bName], `${place}/delta`),
    make('Add', `${place}/sum`, [base, `${place}/delta`], y),
  ];
}

/**
 * The first of a group multiplies by the A that they share. Gemm adds the base while it multiplies, but only takes
 * matrices: Flatten, Shape and Reshape around it move no values. Rows of the batch are gated before they are flattened.
 */
export function groupedNodes(node: OnnxNode, target: GraftTarget): OnnxNode[] {
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const place = placeOf(target);
  const group = `/lora/${target.aName}`;
  const base = `${place}/base`;
  const rows = { ints: { axis: 2 } };
  const shared = [
    make('MatMul', `${group}/A`, [x, target.aName], `${group}/xA`),
    make('Mul', `${group}/gate`, [`${group}/xA`, target.gateName], `${group}/gated`),
    make('Flatten', `${group}/rows`, [`${group}/gated`], `${group}/gated_rows`, rows),
  ];
  return [
    { ...node, outputs: [base] },
    ...(target.block === 0 ? shared : []),
    make('Flatten', `${place}/rows`, [base], `${place}/base_rows`, rows),
    make('Gemm', `${place}/B`, [`${group}/gated_rows`, target.bName, `${place}/base_rows`], `${place}/sum`),
    make('Shape', `${place}/shape`, [base], `${place}/shape_of_base`),
    make('Reshape', `${place}/tokens`, [`${place}/sum`, `${place}/shape_of_base`], y),
  ];
}

function placeOf({ layer, projection }: GraftTarget): string {
  return `/lora/layers.${String(layer)}/${projection}`;
}

function make(op: string, name: string, inputs: string[], output: string, more: Pick<NewNode, 'ints'> = {}): OnnxNode {
  return newNode({ op, name, inputs, outputs: [output], ...more });
}
