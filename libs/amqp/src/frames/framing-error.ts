/** Bytes that cannot be cut into frames: nothing that follows them can be understood. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}
