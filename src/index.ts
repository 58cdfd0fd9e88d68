import { PolytagError } from './errors/index.js';

export { PolytagError };
