/** Tensors that stay on the GPU between runs: a KV cache need not come back for every token, nor adapters go there. */
import { type RowOf, type Stretch, planAppend, planJoin } from './rows';
import type { FloatTensor, Resident } from './tensor';

/** As much of WebGPU as is used here; rooms are compiled without the page's types. */
export interface GpuDevice {
  readonly queue: {
    submit(commands: readonly object[]): void;
    writeBuffer(to: object, at: number, data: Float32Array): void;
  };
  readonly lost: Promise<{ readonly message: string; readonly reason?: string }>;
  addEventListener(type: 'uncapturederror', listener: (event: { readonly error: object }) => void): void;
  createBuffer(options: { size: number; usage: number }): GpuBuffer;
  createCommandEncoder(): {
    copyBufferToBuffer(from: object, fromByte: number, to: object, toByte: number, bytes: number): void;
    finish(): object;
  };
}

interface GpuBuffer {
  destroy(): void;
}

/** The runtime's tensor over a buffer on the GPU. */
export interface GpuTensor {
  readonly dims: readonly number[];
  readonly gpuBuffer: object;
  dispose(): void;
}

/** STORAGE, COPY_SRC, COPY_DST: https://www.w3.org/TR/webgpu/#namespacedef-gpubufferusage */
const USAGE = 0x80 | 0x4 | 0x8;
const FLOAT_BYTES = 4;
const LOSS_MS = 200;

export class GpuMemory<T extends GpuTensor> {
  lost: string | null = null;
  full = false;

  constructor(
    private readonly device: GpuDevice,
    private readonly wrap: (buffer: object, dims: readonly number[], dispose: () => void) => T,
  ) {
    // Without memory a buffer is not refused but broken, and said to be so later.
    device.addEventListener('uncapturederror', ({ error }) => {
      this.full ||= error.constructor.name === 'GPUOutOfMemoryError';
    });
    void device.lost.then(({ message, reason }) => (this.lost = message || (reason ?? 'unknown')));
  }

  /** A run fails before the device says that it is gone. */
  async heard(): Promise<void> {
    await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
  }

  take(output: T): GpuResident<T> {
    return new GpuResident(output);
  }

  feed({ tensor }: GpuResident<T>): T {
    return tensor;
  }

  keep({ data, dims }: FloatTensor): GpuResident<T> {
    const buffer = this.#buffer(data.length);
    this.device.queue.writeBuffer(buffer, 0, data);
    return this.#resident(buffer, dims);
  }

  /** New buffers are 0, as the padding has to be. */
  join(rows: readonly RowOf<GpuResident<T>>[], columns: number): GpuResident<T> {
    const { dims, size, stretches } = planJoin(rows, columns);
    const buffer = this.#buffer(size);
    this.#copy(
      rows.map(({ tensor }) => tensor.tensor.gpuBuffer),
      buffer,
      stretches,
    );
    return this.#resident(buffer, dims);
  }

  append(into: GpuResident<T>, fresh: GpuResident<T>, at: readonly number[]): void {
    this.#copy([fresh.tensor.gpuBuffer], into.tensor.gpuBuffer, planAppend(into, fresh, at));
  }

  /** On the GPU alone. */
  #copy(parts: readonly object[], to: object, stretches: readonly Stretch[]): void {
    const encoder = this.device.createCommandEncoder();
    for (const { part, from, to: at, length } of stretches) {
      const source = parts[part];
      if (source && length > 0)
        encoder.copyBufferToBuffer(source, from * FLOAT_BYTES, to, at * FLOAT_BYTES, length * FLOAT_BYTES);
    }
    this.device.queue.submit([encoder.finish()]);
  }

  #buffer(values: number): GpuBuffer {
    return this.device.createBuffer({ size: Math.max(values, 4) * FLOAT_BYTES, usage: USAGE });
  }

  #resident(buffer: GpuBuffer, dims: readonly number[]): GpuResident<T> {
    return new GpuResident(
      this.wrap(buffer, dims, () => {
        buffer.destroy();
      }),
    );
  }
}

class GpuResident<T extends GpuTensor> implements Resident {
  constructor(readonly tensor: T) {}

  get dims(): readonly number[] {
    return this.tensor.dims;
  }

  release(): void {
    this.tensor.dispose();
  }
}
