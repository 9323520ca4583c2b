import type { OnnxModel } from '../../onnx/model';
import { newNode } from '../../onnx/write';

/**
 * Has every `MatMulNBits` compute in 32-bit floats. At `accuracy_level` 4 ONNX Runtime's WebGPU rounds activations to
 * 8 bits, which changes greedy answers; 0, the default, is the precision of the inputs.
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
export function exactProducts(model: OnnxModel): OnnxModel {
  return {
    ...model,
    nodes: model.nodes.map((node) => {
      if (node.op !== 'MatMulNBits' || !node.ints.has('accuracy_level')) return node;
      const { name, op, domain, inputs, outputs, ints, floats } = node;
      const kept = Object.fromEntries([...ints].filter(([key]) => key !== 'accuracy_level'));
      return newNode({ name, op, domain, inputs, outputs, ints: kept, floats: Object.fromEntries(floats) });
    }),
  };
}
