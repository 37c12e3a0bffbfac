import { AmqpWriter } from './amqp-writer.js';
import { symbol, type AmqpArray, type AmqpValue } from './amqp-value.js';
import { typeCodes } from './type-codes.js';

/** An array of symbols, with lengths in four bytes each, as the cloud writes them. */
export function symbolArray(values: readonly string[]): AmqpArray {
  return arrayOf(typeCodes.symbol32, values, values.map(symbol));
}

/** An array of strings. */
export function stringArray(values: readonly string[]): AmqpArray {
  return arrayOf(typeCodes.string32, values, values);
}

/** `size count constructor (length text)*`, with four bytes for size, count and lengths. */
function arrayOf(
  elementCode: number,
  texts: readonly string[],
  value: readonly AmqpValue[],
): AmqpArray {
  const writer = new AmqpWriter();
  writer.writeUint32(0);
  writer.writeUint32(texts.length);
  writer.writeUint8(elementCode);
  for (const text of texts) {
    writer.writeUint32(Buffer.byteLength(text));
    writer.writeUtf8(text);
  }
  writer.patchUint32(0, writer.length - 4);
  return { type: 'array', value, code: typeCodes.array32, encoded: writer.take() };
}
