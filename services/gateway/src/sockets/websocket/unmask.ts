/** Takes the mask off, where the bytes are (RFC 6455 section 5.3). @param mask four bytes, the first the highest */
export function unmask(bytes: Buffer, mask: number): void {
  const { buffer, byteOffset, length } = bytes;
  const view = new DataView(buffer, byteOffset, length);
  const wholeWords = length - (length % 4);
  for (let position = 0; position < wholeWords; position += 4) {
    view.setInt32(position, view.getInt32(position) ^ mask);
  }
  for (let position = wholeWords; position < length; position++) {
    view.setUint8(position, view.getUint8(position) ^ (mask >>> (24 - 8 * (position % 4))));
  }
}
