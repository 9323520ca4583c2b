import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import globals from 'globals';
import ts from 'typescript-eslint';

const ROOMS = ['documents', 'questions', 'inference', 'retrieval', 'adapters', 'generation', 'lanes', 'evaluation'];
const PAGE_ONLY = [
  'window',
  'document',
  'navigator',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'location',
  'Worker',
  'XMLHttpRequest',
  'requestAnimationFrame',
];

/**
 * WebKit hands on the promise itself where an async generator ends with `return call()`
 * (https://github.com/WebKit/WebKit/pull/73407); written `return await`, it waits as the language says.
 */
const awaitWhatGeneratorsReturn = {
  meta: { type: 'problem', messages: { bare: 'WebKit does not await what an async generator returns.' } },
  create: (context) => ({
    ReturnStatement({ argument }) {
      const within = context.sourceCode.getAncestors(argument ?? {}).findLast(({ type }) => /Function/.test(type));
      if (!argument || !within?.async || !within.generator) return;
      const type = context.sourceCode.parserServices.getTypeAtLocation(argument);
      if (type.getProperty('then')) context.report({ node: argument, messageId: 'bare' });
    },
  }),
};

export default ts.config(
  { ignores: ['dist', 'public', 'test-results', 'test/canary', 'test/fixtures'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'test/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    plugins: {
      soft: { rules: { 'max-lines': builtinRules.get('max-lines') } },
      house: { rules: { 'await-what-generators-return': awaitWhatGeneratorsReturn } },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 500 }],
      'soft/max-lines': ['warn', { max: 300 }],
      eqeqeq: 'error',
      'house/await-what-generators-return': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // An async method that throws must reject, whether or not it waits for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'no-useless-assignment': 'off', // reads of runes in the markup are not seen
      // It cannot tell a local set from one that the page shows.
      'svelte/prefer-svelte-reactivity': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { destructuring: 'all', excludedRunes: ['$props', '$derived'] }],
    },
  },
  {
    files: [`src/{${ROOMS.join(',')}}/**/*.ts`, 'src/{job,errors}.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...PAGE_ONLY.map((name) => ({ name, message: 'Rooms run in workers and in Node alike.' })),
      ],
    },
  },
  {
    files: ['src/cli/**', 'test/**'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    ...ts.configs.disableTypeChecked,
    languageOptions: { ...ts.configs.disableTypeChecked.languageOptions, globals: { ...globals.node } },
  },
);
