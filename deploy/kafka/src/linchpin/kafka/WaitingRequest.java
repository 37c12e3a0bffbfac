package linchpin.kafka;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * What the broker answers when records come, or the others of a group. Until then it keeps all of the request as Java's
 * objects, and whoever asked may have gone long ago: a connection bounds none of it.
 */
final class WaitingRequest {
  private static final Set<Short> KINDS = Set.of(ApiKeys.FETCH.id, ApiKeys.JOIN_GROUP.id, ApiKeys.SYNC_GROUP.id);
  /** Of a fetch; clients choose 0.5 s (Java, librdkafka) or 5 s (kafkajs). */
  private static final int WAIT_MS_MAX = 60_000;
  /** Each takes up to 500 bytes, of three that were sent. A topic has 32 partitions, a group fewer members and protocols. */
  private static final int PARTS_MAX = 128;

  private WaitingRequest() {}

  static boolean isOne(short apiKey) {
    return KINDS.contains(apiKey);
  }

  /**
   * @param request one that {@link #isOne}, from its header's first byte to its end
   * @throws SSLException when the broker is not to have it
   */
  static void check(ByteBuffer request) throws SSLException {
    try {
      RequestHeader header = RequestHeader.parse(request);
      ByteBufferAccessor body = new ByteBufferAccessor(request);
      Stream<? extends Message> parts =
          switch (header.apiKey()) {
            case FETCH -> partsOf(new FetchRequestData(body, header.apiVersion()));
            case JOIN_GROUP -> partsOf(new JoinGroupRequestData(body, header.apiVersion()));
            default -> partsOf(new SyncGroupRequestData(body, header.apiVersion()));
          };
      int count = Stream.concat(Stream.of(header.data()), parts).mapToInt(WaitingRequest::count).sum();
      if (count > PARTS_MAX) {
        throw new SSLException("a request to " + header.apiKey() + " of " + count + " parts");
      }
    } catch (RuntimeException error) {
      throw new SSLException("a request that cannot be read", error);
    }
  }

  /** Fields that nobody knows are kept, too. */
  private static int count(Message part) {
    return 1 + part.unknownTaggedFields().size();
  }

  private static Stream<Message> partsOf(FetchRequestData fetch) throws SSLException {
    if (fetch.maxWaitMs() > WAIT_MS_MAX) {
      throw new SSLException("a fetch that waits " + fetch.maxWaitMs() + " ms");
    }
    return Stream.of(
            Stream.of(fetch, fetch.replicaState()),
            fetch.topics().stream(),
            fetch.topics().stream().flatMap(topic -> topic.partitions().stream()),
            fetch.forgottenTopicsData().stream())
        .flatMap(parts -> parts);
  }

  private static Stream<Message> partsOf(JoinGroupRequestData join) {
    return Stream.concat(Stream.of(join), join.protocols().stream());
  }

  private static Stream<Message> partsOf(SyncGroupRequestData sync) {
    return Stream.concat(Stream.of(sync), sync.assignments().stream());
  }
}
