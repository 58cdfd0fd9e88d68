// The linear baseline that stands in every report: n-grams and logistic regression.
export { LinearBaseline, loadLinearBaseline } from './baseline.js';
export { type LinearProgress, trainLinearBaseline } from './training.js';
