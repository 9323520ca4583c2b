/** Finds the linears of a decoder that LoRA can be grafted onto. */
import { LabError } from '../../errors';
import { ATTENTION, BLOCKS, type Projection } from '../adapter';
import { FLOAT, FLOAT16, type OnnxModel, type OnnxNode } from '../../onnx/model';
import { Wires } from '../../onnx/wires';
import { placeWithin } from '../places';
import type { GraftReach } from './graft';
import { type Form, formOf, isProduct } from './linears';
import { type Part, partsOf } from './packed';

export interface Linear extends Omit<Form, 'names'> {
  readonly layer: number;
  /** Of the whole; that of its only part, or `qkv_proj` or `gate_up_proj`. */
  readonly projection: Projection;
  readonly parts: readonly Part[];
}

const EXPERT = /[./](?:\w*experts?|\w*moe)[./]/i;

/**
 * Every linear that its name, its weights' or its bias's puts into a decoder layer, as exporters name them:
 * `/model/layers.0/self_attn/q_proj/MatMul` (optimum), `/model/layers.0/attn/qkv_proj/MatMul_Q4` (onnx-community,
 * ONNX Runtime GenAI), `model.layers.0.self_attn.q_proj` in a node's scope (torch's newer exporter). Throws
 * `model-unsupported`, naming the node, for one in a form that is not known, and unless they are layers x projections:
 * layers 0 to n-1, each with the same MLP and with the same attention or, as in LFM2, the same convolution.
 */
export function findLinears(model: OnnxModel, reach: GraftReach): readonly Linear[] {
  const wires = new Wires(model);
  const linears = model.nodes.flatMap((node, i) => linearAt(node, i, wires, reach) ?? []);
  checkGrid(linears);
  const within = linears.filter(({ projection }) => reach === 'all' || isOf(ATTENTION, projection));
  if (within.length === 0)
    throw unsupported('No decoder projections (q_proj, v_proj, down_proj and the like) were found in the model.');
  return within;
}

function linearAt(node: OnnxNode, index: number, wires: Wires, reach: GraftReach): Linear | null {
  if (!isProduct(node)) return null;
  if (EXPERT.test(`${node.name}/`) || /MoE/.test(node.op)) {
    // Which expert reads a token is decided anew for each: there is no one linear to add to.
    if (reach === 'all') throw unsupported(`${node.name} is one of several experts, which take no adapters here.`);
    return null;
  }
  const form = formOf(node, index, wires);
  if (!form) {
    if (placeWithin(node.name) ?? placeWithin(node.scope))
      throw unsupported(`${node.name} (${node.op}) is not in a form that adapters can be added to.`);
    return null;
  }
  const { names, ...linear } = form;
  const place = names.map(placeWithin).find((found) => found !== null);
  if (!place) return null;
  for (const type of [linear.xType, linear.yType])
    if (type !== FLOAT && type !== FLOAT16)
      throw unsupported(`${node.name} computes neither in 32-bit nor in 16-bit floats, which adapters need.`);
  const parts = partsOf(place.projection, linear.outputs, wires.outputOf(linear.end), wires);
  return { ...linear, ...place, parts };
}

function isOf(block: readonly Projection[], projection: Projection): boolean {
  return block.includes(projection);
}

function checkGrid(linears: readonly Linear[]): void {
  const layers = Math.max(-1, ...linears.map(({ layer }) => layer)) + 1;
  const cells = new Map<string, number>();
  for (const { layer, projection } of linears) {
    const cell = `${String(layer)} ${projection}`;
    if (cells.has(cell)) throw unsupported(`Layer ${String(layer)} of the model has more than one ${projection}.`);
    cells.set(cell, layer);
  }
  const found = new Set(linears.map(({ projection }) => projection));
  const [attention = [], mlp = [], convolution = []] = [BLOCKS.attention, BLOCKS.mlp, BLOCKS.convolution].map(
    (block: readonly Projection[]) => block.filter((projection) => found.has(projection)),
  );
  for (let layer = 0; layer < layers; layer++) {
    const has = (projection: Projection) => cells.has(`${String(layer)} ${projection}`);
    const mixing = convolution.some(has) ? convolution : attention;
    const missing = [...mixing, ...mlp].find((projection) => !has(projection));
    if (missing !== undefined)
      throw unsupported(`Layer ${String(layer)} of the model has no ${missing} that adapters could be added to.`);
  }
}

function unsupported(message: string): LabError {
  return new LabError('model-unsupported', message);
}
