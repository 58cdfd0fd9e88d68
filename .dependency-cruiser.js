// The rooms of src/, from the ground up: a room may import only from itself and from rooms before it.
const rooms = [
  'errors',
  'metrics',
  'data',
  'graph',
  'runtime',
  'weights',
  'bert',
  'linear',
  'wire',
  'client',
  'training',
  'classifier',
  'insight',
  'jobs',
  'server',
  'cli',
];

export default {
  forbidden: [
    ...rooms.slice(0, -1).map((room, index) => ({
      name: `${room}-stays-below`,
      comment: `src/${room} may import only from ${[...rooms.slice(0, index), room].join(', ')}.`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${rooms.slice(index + 1).join('|')})/` },
    })),
    {
      name: 'front-doors-only',
      comment: "Another room's files are reached through its index.ts.",
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'metrics-stand-alone',
      severity: 'error',
      from: { path: '^src/metrics/' },
      to: { path: '^src/(?!metrics/|errors/)' },
    },
    {
      name: 'server-knows-no-training',
      severity: 'error',
      from: { path: '^src/server/' },
      to: { path: '^src/training/' },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      // Types are gone at run time.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
