/** Tensors that stay on the GPU between runs: a KV cache need not come back for every token, nor adapters go there. */
import { type RowOf, type Stretch, planAppend, planJoin } from './rows';
import type { RealTensor, RealType, Resident } from './tensor';

/** As much of WebGPU as is used here; rooms are compiled without the page's types. */
export interface GpuDevice {
  readonly queue: {
    submit(commands: readonly object[]): void;
    writeBuffer(to: object, at: number, data: RealTensor['data']): void;
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
  readonly type: string;
  readonly dims: readonly number[];
  readonly gpuBuffer: object;
  dispose(): void;
}

/** STORAGE, COPY_SRC, COPY_DST: https://www.w3.org/TR/webgpu/#namespacedef-gpubufferusage */
const USAGE = 0x80 | 0x4 | 0x8;
const BYTES: Readonly<Record<RealType, number>> = { float32: 4, float16: 2 };
/** Of a buffer: storage is bound in steps of this, and copied in steps of 4. */
const STEP = 16;
const LOSS_MS = 200;

export class GpuMemory<T extends GpuTensor> {
  lost: string | null = null;
  full = false;

  constructor(
    private readonly device: GpuDevice,
    private readonly wrap: (buffer: object, type: RealType, dims: readonly number[], dispose: () => void) => T,
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

  keep({ type, data, dims }: RealTensor): GpuResident<T> {
    const buffer = this.#buffer(data.byteLength);
    this.device.queue.writeBuffer(buffer, 0, data);
    return this.#resident(buffer, type, dims);
  }

  /** New buffers are 0, as the padding has to be. */
  join(rows: readonly RowOf<GpuResident<T>>[], columns: number): GpuResident<T> {
    const { dims, size, stretches } = planJoin(rows, columns);
    const type = rows[0]?.tensor.type ?? 'float32';
    const buffer = this.#buffer(size * BYTES[type]);
    this.#copy(
      type,
      rows.map(({ tensor }) => tensor.tensor.gpuBuffer),
      buffer,
      stretches,
    );
    return this.#resident(buffer, type, dims);
  }

  append(into: GpuResident<T>, fresh: GpuResident<T>, at: readonly number[], columns: number): void {
    this.#copy(into.type, [fresh.tensor.gpuBuffer], into.tensor.gpuBuffer, planAppend(into, fresh, at, columns));
  }

  /** On the GPU alone. */
  #copy(type: RealType, parts: readonly object[], to: object, stretches: readonly Stretch[]): void {
    const bytes = BYTES[type];
    const encoder = this.device.createCommandEncoder();
    for (const { part, from, to: at, length } of stretches) {
      const source = parts[part];
      if (source && length > 0) encoder.copyBufferToBuffer(source, from * bytes, to, at * bytes, length * bytes);
    }
    this.device.queue.submit([encoder.finish()]);
  }

  #buffer(bytes: number): GpuBuffer {
    return this.device.createBuffer({ size: Math.max(1, Math.ceil(bytes / STEP)) * STEP, usage: USAGE });
  }

  #resident(buffer: GpuBuffer, type: RealType, dims: readonly number[]): GpuResident<T> {
    return new GpuResident(
      this.wrap(buffer, type, dims, () => {
        buffer.destroy();
      }),
    );
  }
}

class GpuResident<T extends GpuTensor> implements Resident {
  constructor(readonly tensor: T) {}

  get type(): RealType {
    return this.tensor.type === 'float16' ? 'float16' : 'float32';
  }

  get dims(): readonly number[] {
    return this.tensor.dims;
  }

  release(): void {
    this.tensor.dispose();
  }
}
