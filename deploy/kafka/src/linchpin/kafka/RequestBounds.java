package linchpin.kafka;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.apache.kafka.common.protocol.ApiKeys;

/** Follows the requests of one connection, each an INT32 of its length and then an INT16 of what it asks. */
final class RequestBounds {
  /** A commit for a thousand partitions. */
  private static final int BYTES_MAX = 64 * 1024;
  /** The broker keeps what members say of themselves: some 500 bytes, and up to eight for each partition that they have. */
  private static final int MEMBER_BYTES_MAX = 2 * 1024;
  private static final int START_BYTES = 6;

  /** Of the request's start, as far as it was read. */
  private long start;
  private int startBytes;
  /** Of the request, behind its start. */
  private int bytesLeft;

  /**
   * Takes what came next.
   *
   * @throws SSLException when a request is too long, before the broker sets aside room for it
   */
  void read(ByteBuffer received) throws SSLException {
    while (received.hasRemaining()) {
      if (bytesLeft > 0) {
        int skipped = Math.min(bytesLeft, received.remaining());
        received.position(received.position() + skipped);
        bytesLeft -= skipped;
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
    boolean isOfMember = apiKey == ApiKeys.JOIN_GROUP.id || apiKey == ApiKeys.CONSUMER_GROUP_HEARTBEAT.id;
    if (isOfMember && bytes > MEMBER_BYTES_MAX) {
      throw new SSLException("a member of " + bytes + " bytes");
    }
    bytesLeft = bytes - Short.BYTES;
  }
}
