// A program that trains with the options in its first argument and is killed by the system after an epoch.
import { MultiLabelClassifier } from '../../../dist/index.js';

const { killAfter, ...options } = JSON.parse(process.argv[2]);
await MultiLabelClassifier.train({
  ...options,
  onProgress: ({ phase, done }) => {
    if (phase === 'training' && done === killAfter) process.kill(process.pid, 'SIGKILL');
  },
});
