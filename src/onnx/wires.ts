/** Who makes and who reads the values of a graph, and what is known of its constants. */
import { INT64, type OnnxModel, type OnnxNode, type OnnxTensor } from './model';

export class Wires {
  readonly #makers = new Map<string, number>();
  readonly #readers = new Map<string, number[]>();
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  readonly #outputs: ReadonlySet<string>;

  constructor(private readonly model: OnnxModel) {
    this.#constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
    this.#outputs = new Set(model.outputs.map(({ name }) => name));
    for (const [i, { inputs, outputs }] of model.nodes.entries()) {
      for (const output of outputs) if (output) this.#makers.set(output, i);
      for (const input of new Set(inputs)) {
        const readers = this.#readers.get(input);
        if (readers) readers.push(i);
        else this.#readers.set(input, [i]);
      }
    }
  }

  constant(name: string): OnnxTensor | undefined {
    return this.#constants.get(name);
  }

  maker(name: string): OnnxNode | undefined {
    return this.model.nodes[this.#makers.get(name) ?? -1];
  }

  /** Of a node with one output. */
  outputOf(index: number): string {
    return this.model.nodes[index]?.outputs[0] ?? '';
  }

  /** The one node, with its index, that reads a value which nobody else needs. */
  onlyReader(name: string): { readonly node: OnnxNode; readonly index: number } | null {
    const [index = -1, more] = this.#readers.get(name) ?? [];
    const node = this.model.nodes[index];
    return node && more === undefined && !this.#outputs.has(name) ? { node, index } : null;
  }

  /** The values of a constant list of int64, which must be 0 or more; null for anything else. */
  wholeNumbers(name: string): number[] | null {
    const maker = this.maker(name);
    const tensor = this.constant(name) ?? (maker?.op === 'Constant' ? maker.tensors.get('value') : undefined);
    if (tensor?.type !== INT64 || tensor.dims.length !== 1 || tensor.location !== null) return null;
    const { raw, values } = tensor;
    const bytes = values ?? (raw && this.model.bytes.subarray(raw.start, raw.end));
    if (bytes?.length !== 8 * (tensor.dims[0] ?? 0)) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
  }
}
