/** What TLS hands over at once is at most four times as long. */
const viewBytesMin = 4_096;

/**
 * What may be kept for as long as it takes: a payload waits for Kafka and counts for its own length, while a view
 * keeps alive all that the socket gave with it: thousands of PINGREQs, or a topic of 64 KiB. So only one that is
 * most of `whole` stays a view.
 *
 * @param part a view of `whole`
 */
export function keepable(part: Buffer, whole: Buffer): Buffer {
  return part.length >= viewBytesMin && 2 * part.length >= whole.length ? part : Buffer.from(part);
}
