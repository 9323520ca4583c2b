/** Who may import whom: the table of the README ("How it is built"), for dependency-cruiser. */

/** Each room and the rooms it may enter besides itself. */
const MAY_IMPORT = {
  documents: [],
  questions: [],
  onnx: [],
  adapters: ['onnx'],
  inference: [],
  retrieval: ['documents', 'questions', 'inference', 'onnx'],
  generation: ['adapters', 'inference', 'onnx'],
  lanes: ['documents', 'questions', 'retrieval', 'generation', 'adapters'],
  evaluation: ['documents', 'questions', 'retrieval', 'lanes'],
  storage: ['documents', 'questions', 'adapters', 'inference', 'retrieval', 'generation', 'lanes'],
  host: [],
  device: ['documents', 'questions', 'adapters', 'inference', 'retrieval', 'generation', 'lanes'],
};
const ROOMS = [
  'documents',
  'questions',
  'onnx',
  'adapters',
  'inference',
  'retrieval',
  'generation',
  'lanes',
  'evaluation',
];
const EVERYONE = 'job|errors|random|turns|hex|writer|zip';

/** Heavy or environment-bound packages and the one file, with its folder, that may name each. */
const ONLY_IN = {
  fflate: 'zip',
  marked: 'ui/cards/markdown',
  idb: 'storage/database',
  '@noble/hashes': 'inference/digest',
  'onnxruntime-web': 'inference/session',
  '@mlc-ai/web-llm': 'generation/engines/webllm',
  'pdfjs-dist': 'documents/formats/pdf',
  parse5: 'documents/formats/html',
};

// The folder that holds the rooms; the same rules are also tried on planted offenders.
const root = process.env.OPENBOOK_ROOMS ?? 'src';
const rooms = Object.keys(MAY_IMPORT).join('|');

export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...Object.entries(MAY_IMPORT).map(([room, others]) => ({
      name: `${room}-enters-only-${others.join('-') || 'itself'}`,
      severity: 'error',
      from: { path: `^${root}/${room}/` },
      to: { path: `^${root}/`, pathNot: `^${root}/(${[room, ...others].join('|')})/|^${root}/(${EVERYONE})\\.ts$` },
    })),
    {
      name: 'everyones-words-import-nothing',
      severity: 'error',
      from: { path: `^${root}/(${EVERYONE})\\.ts$` },
      to: { path: `^${root}/`, pathNot: `^${root}/(${EVERYONE})\\.ts$` },
    },
    {
      name: 'ui-enters-rooms-and-lab-only',
      severity: 'error',
      from: { path: `^${root}/ui/` },
      to: { path: `^${root}/`, pathNot: `^${root}/(ui|${ROOMS.join('|')})/|^${root}/(lab|${EVERYONE})\\.ts$` },
    },
    {
      name: 'nobody-enters-composition-roots',
      severity: 'error',
      from: { path: `^${root}/(${rooms})/` },
      to: { path: `^${root}/(lab\\.ts|lab/|main\\.ts|workers/|cli/|ui/)` },
    },
    {
      name: 'workers-do-not-enter-page-or-terminal',
      severity: 'error',
      from: { path: `^${root}/workers/` },
      to: { path: `^${root}/(lab\\.ts|lab/|main\\.ts|cli/|ui/)` },
    },
    {
      name: 'rooms-run-anywhere',
      severity: 'error',
      from: { path: `^${root}/(${ROOMS.join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'rooms-know-no-svelte',
      severity: 'error',
      from: { path: `^${root}/(${rooms}|workers|cli|lab)/|^${root}/(lab|${EVERYONE})\\.ts$` },
      to: { path: '(^|/)node_modules/svelte/|\\.svelte(\\.ts)?$' },
    },
    {
      name: 'node-only-in-cli',
      severity: 'error',
      from: { path: `^${root}/`, pathNot: `^${root}/cli/` },
      to: { dependencyTypes: ['core'] },
    },
    ...Object.entries(ONLY_IN).map(([pkg, file]) => ({
      name: `${pkg}-only-in-${file.replaceAll('/', '-')}`,
      severity: 'error',
      from: { path: `^${root}/`, pathNot: `^${root}/${file}(\\.ts$|/)` },
      // Asset addresses (`?url`) are plain strings; composition roots hand them in.
      to: { path: `(^|/)node_modules/${pkg}/|^${pkg}(/|$)`, pathNot: '\\?url$|\\.(wasm|mjs)\\?' },
    })),
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: `^${root}/` },
      to: { couldNotResolve: true, pathNot: '\\?' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'svelte', 'types', 'default'] },
  },
};
