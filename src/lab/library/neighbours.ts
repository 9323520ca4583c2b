/** Other tabs of this page, which have the same library: each hears when one has changed it. */
export class Neighbours {
  // Absent in some browsers' private windows.
  readonly #channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('openbook library') : null;

  tell(): void {
    this.#channel?.postMessage(null);
  }

  listen(changed: () => void): void {
    this.#channel?.addEventListener('message', changed);
  }
}
