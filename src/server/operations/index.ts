// The operators' side of a classifier service: keys, rates, metrics, logs, figures, cache and feedback.
export { ApiKeyFile } from './access/api-keys.js';
export { checkExposure } from './access/exposure.js';
export { newApiKey } from './access/key-lines.js';
export { FeedbackStore } from './feedback/feedback-store.js';
export { LineOutput } from './logs/line-output.js';
export { describeDroppedLines, ServiceLog } from './logs/service-log.js';
export { ResultCache } from './result-cache.js';
export { ServiceOperations } from './service-operations.js';
export { TextAdmission } from './text-admission.js';
