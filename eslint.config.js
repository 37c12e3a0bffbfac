import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Where a folder may reach (docs: ARCHITECTURE.md, "Direction"). Inside a service data goes
 * `mqtt|http|grpc|kafka (in) → domain ← postgres|redis|kafka|blob|clients (out)`, and only the files at the
 * top of `src` see both sides.
 */
const outsideFolders = [
  'mqtt',
  'amqp',
  'http',
  'grpc',
  'kafka',
  'postgres',
  'redis',
  'blob',
  'clients',
];
const techniques = [
  '@nestjs/*',
  '@grpc/*',
  '@linchpin/contracts',
  '@linchpin/platform/*',
  '@linchpin/presence',
  '@platformatic/*',
  'ioredis',
  'jose',
  'kafkajs',
  'kysely',
  'mqtt-packet',
  'pg',
  'rxjs',
];

const directions = [
  {
    files: ['services/*/src/domain/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                ...techniques,
                // Pure, like the libraries that stand beside platform.
                '!@linchpin/platform/in-flight',
                ...outsideFolders.map((folder) => `**/${folder}/*`),
                // What protocols' folders of the gateway have in common.
                '**/sockets/*',
              ],
              message: 'domain/ imports itself and pure libraries only.',
            },
          ],
        },
      ],
    },
  },
  ...outsideFolders.map((folder) => ({
    files: [`services/*/src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: outsideFolders
                .filter((other) => other !== folder)
                .map((other) => `**/${other}/*`),
              message:
                'The outside folders of a service never import each other; go through domain/.',
            },
          ],
        },
      ],
    },
  })),
  {
    files: [
      'libs/amqp/src/**/*.ts',
      'libs/wire/**/*.ts',
      'libs/auth/**/*.ts',
      'libs/fairness/**/*.ts',
      'libs/query/src/**/*.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...techniques],
              message: 'amqp, wire, auth, fairness and query: no framework, no engine.',
            },
          ],
        },
      ],
    },
  },
];

export default tseslint.config(
  { ignores: ['**/dist/', '**/src/gen/', '.linchpin*/', '**/node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      curly: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals or a const object.' },
        { selector: 'ExportAllDeclaration', message: 'Name what a package exports.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'The environment is read in config.ts alone.',
        },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  ...directions,
  {
    // Composition roots, configuration and generated-definition glue.
    files: [
      'services/*/src/config.ts',
      'deploy/local/src/config.ts',
      'deploy/**/*.mjs',
      'libs/testing/src/engines.ts',
      'test-e2e/**/*.ts',
      '**/*.test.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.test.ts', '**/*.contract.ts', 'test-e2e/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
