package linchpin.kafka;

import java.util.Map;

/** How often those of each hub may do something that the broker remembers: so many at once, then so many a second. */
final class HubRate {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final int HUBS_MAX = 10_000;

  private final int atOnceMax;
  private final int perSecond;
  private final Map<String, Bucket> buckets = BoundedMap.byUse(HUBS_MAX);

  HubRate(int atOnceMax, int perSecond) {
    this.atOnceMax = atOnceMax;
    this.perSecond = perSecond;
  }

  /** @return whether the hub has one left, which is gone then */
  synchronized boolean take(String hub) {
    long now = System.nanoTime();
    Bucket bucket = buckets.getOrDefault(hub, new Bucket(atOnceMax, now));
    double left = Math.min(atOnceMax, bucket.left() + (now - bucket.at()) / NANOS_PER_SECOND * perSecond);
    boolean isTaken = left >= 1;
    buckets.put(hub, new Bucket(isTaken ? left - 1 : left, now));
    return isTaken;
  }

  private record Bucket(double left, long at) {}
}
