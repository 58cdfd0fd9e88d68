// The messages of bert-as-service 1.10, as pure functions on frames: no sockets, no models.
export { type WireReply, readReply } from './reply-reading.js';
export {
  type ReplyFrames,
  type VectorBlock,
  writeRecord,
  writeRefusal,
  writeVectors,
} from './reply-writing.js';
export {
  type RequestBody,
  type WireRequest,
  readRequest,
  writeRequest,
} from './request.js';
export { WireFault } from './wire-fault.js';
