/**
 * What a client writes, frame by frame. The engine is a server's: this is for load generators, and for tests that
 * want each byte as they say.
 */
export { FrameOutput } from './frames/frame-output.js';
export { protocolHeaders } from './frames/protocol-header.js';
export { encodeAttach, type Attach } from './performatives/attach.js';
export { encodeBegin } from './performatives/begin.js';
export { encodeSettlement } from './performatives/disposition.js';
export { encodeClose } from './performatives/ending.js';
export { encodeFlow } from './performatives/flow.js';
export { encodeOpen } from './performatives/open.js';
export { encodeSaslInit } from './performatives/sasl.js';
export { encodeTransfer } from './performatives/transfer.js';
