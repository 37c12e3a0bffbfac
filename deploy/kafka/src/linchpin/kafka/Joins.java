package linchpin.kafka;

import java.util.Map;

/**
 * How often the members of each hub join groups. Each join may leave something in the broker's memory until a session
 * ends, whoever is connected by then; a group's places do not count those who have only asked for a member's id.
 */
final class Joins {
  /** A hundred members that begin at once join three times each. */
  private static final int AT_ONCE_MAX = 300;
  private static final int PER_SECOND = 10;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int HUBS_MAX = 10_000;

  private final Map<String, Bucket> buckets = BoundedMap.byUse(HUBS_MAX);

  /** @return whether the hub of the topic has one left, which is gone then */
  synchronized boolean take(String topic) {
    long now = System.nanoTime();
    Bucket bucket = buckets.getOrDefault(topic, new Bucket(AT_ONCE_MAX, now));
    double left = Math.min(AT_ONCE_MAX, bucket.left() + (now - bucket.at()) / NANOS_PER_SECOND * PER_SECOND);
    boolean isTaken = left >= 1;
    buckets.put(topic, new Bucket(isTaken ? left - 1 : left, now));
    return isTaken;
  }

  private record Bucket(double left, long at) {}
}
