// A program that trains with the options in its first argument and is killed by the system after an epoch: the
// `killAfter`th of a training, after as many such as `trainingsBefore`.
import { MultiLabelClassifier } from '../../../dist/index.js';

const { killAfter, trainingsBefore = 0, ...options } = JSON.parse(process.argv[2]);
let trainings = 0;
await MultiLabelClassifier.train({
  ...options,
  onProgress: ({ phase, done }) => {
    if (phase !== 'training' || done !== killAfter) return;
    if (trainings === trainingsBefore) process.kill(process.pid, 'SIGKILL');
    trainings += 1;
  },
});
