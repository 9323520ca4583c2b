import { expect, test } from 'vitest';
import { droppedFiles } from '../../src/ui/parts/droppedFiles';

interface Entry {
  readonly isDirectory: boolean;
  readonly fullPath: string;
}

const fileEntry = (fullPath: string): Entry & Pick<FileSystemFileEntry, 'file'> => ({
  isDirectory: false,
  fullPath,
  file: (done) => done(new File(['text'], fullPath.slice(fullPath.lastIndexOf('/') + 1))),
});

/** As browsers do it: a reader hands out its entries in portions, then an empty one. */
function folder(fullPath: string, entries: readonly Entry[], portion = 100): Entry {
  const createReader = () => {
    let at = 0;
    return {
      readEntries(done: (entries: readonly Entry[]) => void) {
        done(entries.slice(at, at + portion));
        at += portion;
      },
    };
  };
  return Object.assign({ isDirectory: true, fullPath }, { createReader });
}

function transfer(...entries: readonly (Entry | File)[]): DataTransfer {
  const items = entries.map((one) => ({
    kind: 'file',
    webkitGetAsEntry: () => (one instanceof File ? null : one),
    getAsFile: () => (one instanceof File ? one : null),
  }));
  return { items: [{ kind: 'string' }, ...items] } as unknown as DataTransfer;
}

test('a folder that is dropped gives all its files with their places, however many and deep', async () => {
  const many = Array.from({ length: 250 }, (_, i) => fileEntry(`/rules/old/${String(i)}.md`));
  const rules = folder('/rules', [fileEntry('/rules/gate.md'), folder('/rules/old', many), folder('/rules/none', [])]);
  const loose = new File(['x'], 'notes.txt');
  const files = await droppedFiles(transfer(rules, loose));
  expect(files).toHaveLength(252);
  expect(files.slice(0, 2).map(({ name, webkitRelativePath }) => [name, webkitRelativePath])).toEqual([
    ['gate.md', 'rules/gate.md'],
    ['0.md', 'rules/old/0.md'],
  ]);
  expect(new Set(files.map((file) => file.webkitRelativePath || file.name)).size).toBe(252);
  expect(files.at(-1)).toBe(loose);
});

test('a drop without files gives none', async () => {
  expect(await droppedFiles(transfer())).toEqual([]);
  expect(await droppedFiles(null)).toEqual([]);
});
