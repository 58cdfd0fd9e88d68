// The linear baseline that stands in every report: n-grams and logistic regression.
export { LinearBaseline, loadLinearBaseline, type ScoreBatchesOptions } from './baseline.js';
export { type LinearProgress, type LinearTraining, trainLinearBaseline } from './training.js';
