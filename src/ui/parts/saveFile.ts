/** Hands bytes to the visitor as a file of their own. */
export function saveFile(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const address = URL.createObjectURL(new Blob([bytes]));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has not read it yet when `click` returns.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
