package linchpin.kafka;

import java.nio.ByteBuffer;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.apache.kafka.common.protocol.ApiKeys;

/** Follows the requests of one connection, each an INT32 of its length and then an INT16 of what it asks. */
final class RequestBounds {
  /** A commit for a thousand partitions. */
  private static final int BYTES_MAX = 64 * 1024;
  /** Of those that the broker remembers. */
  private static final Map<Short, Integer> KEPT_BYTES_MAX =
      Map.of(
          // 33 for each of a topic's 32 partitions, and names: those of the client, the topic and the rack.
          ApiKeys.FETCH.id, 4 * 1024,
          // What members say of themselves: some 500, and up to eight for each partition that they have.
          ApiKeys.JOIN_GROUP.id, 2 * 1024,
          ApiKeys.CONSUMER_GROUP_HEARTBEAT.id, 2 * 1024,
          // 256 for each member of twice the runner's `group.max.size`.
          ApiKeys.SYNC_GROUP.id, 8 * 1024);
  private static final int START_BYTES = 6;

  /** Of the request's start, as far as it was read. */
  private long start;
  private int startBytes;
  /** Of the request, behind its start. */
  private int bytesLeft;
  /** What has come of a request that waits; null for all others, which nobody judges by what they say. */
  private ByteBuffer waiting;

  /**
   * Takes what came next.
   *
   * @throws SSLException when a request is too long, before the broker sets aside room for it; or when it may not wait,
   *     before the broker has its end
   */
  void read(ByteBuffer received) throws SSLException {
    while (received.hasRemaining()) {
      if (bytesLeft > 0) {
        readRest(received);
      } else {
        readStart(received.get());
      }
    }
  }

  private void readStart(byte next) throws SSLException {
    start = start << Byte.SIZE | Byte.toUnsignedInt(next);
    startBytes += 1;
    if (startBytes == Integer.BYTES && (start < Short.BYTES || start > BYTES_MAX)) {
      throw new SSLException("a request of " + start + " bytes");
    }
    if (startBytes == START_BYTES) {
      begin((int) (start >> Short.SIZE), (short) start);
      start = 0;
      startBytes = 0;
    }
  }

  private void begin(int bytes, short apiKey) throws SSLException {
    if (bytes > KEPT_BYTES_MAX.getOrDefault(apiKey, BYTES_MAX)) {
      throw new SSLException("a request to " + ApiKeys.forId(apiKey) + " of " + bytes + " bytes");
    }
    bytesLeft = bytes - Short.BYTES;
    waiting = WaitingRequest.isOne(apiKey) ? ByteBuffer.allocate(bytes).putShort(apiKey) : null;
  }

  private void readRest(ByteBuffer received) throws SSLException {
    int count = Math.min(bytesLeft, received.remaining());
    int end = received.position() + count;
    if (waiting != null) {
      waiting.put(received.duplicate().limit(end));
    }
    received.position(end);
    bytesLeft -= count;
    if (waiting != null && bytesLeft == 0) {
      WaitingRequest.check(waiting.flip());
      waiting = null;
    }
  }
}
