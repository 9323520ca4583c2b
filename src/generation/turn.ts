/** A task of its own, unlike a settled promise, lets the worker read its messages; unlike a timer it does not wait. */
export function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate) {
      immediate(resolve);
      return;
    }
    heard.push(resolve);
    channel ??= openChannel();
    channel.postMessage(null);
  });
}

/** Node's own, which holds no port open. */
const { setImmediate: immediate } = globalThis as { setImmediate?: (then: () => void) => unknown };
const heard: (() => void)[] = [];
let channel: { postMessage(nothing: null): void } | null = null;

function openChannel(): { postMessage(nothing: null): void } {
  const { port1, port2 } = new MessageChannel();
  // Node's and the browser's ports share no typed way to listen but this one.
  (port1 as unknown as { onmessage: () => void }).onmessage = () => heard.shift()?.();
  return port2;
}
