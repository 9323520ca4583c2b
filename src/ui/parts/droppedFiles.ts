/** All files of a drop, those in folders too, each with its place in `webkitRelativePath`. Must begin within the drop event. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<File[]> {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  // Both are gone once the event is over, so they are asked for before anything is waited for.
  const dropped = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files = await Promise.all(
    dropped.map(({ entry, file }) =>
      entry?.isDirectory ? filesIn(entry as FileSystemDirectoryEntry) : Promise.resolve(file ? [file] : []),
    ),
  );
  return files.flat();
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader();
  const found: File[] = [];
  for (;;) {
    // A reader gives its entries in portions; an empty one is the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return found;
    for (const entry of entries)
      if (entry.isDirectory) found.push(...(await filesIn(entry as FileSystemDirectoryEntry)));
      else found.push(await fileOf(entry as FileSystemFileEntry));
  }
}

async function fileOf(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  Object.defineProperty(file, 'webkitRelativePath', { value: entry.fullPath.replace(/^\//, '') });
  return file;
}
