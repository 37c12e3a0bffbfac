package linchpin.kafka;

import java.time.Duration;
import java.util.Map;

/**
 * For whom the api is not asked at the moment: a question that has no answer holds a network thread for as long as it may
 * take, so that the next one waits. One hub for which the api is slow keeps no other away.
 */
final class Outages {
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final int HOSTS_MAX = 1_000;
  /** Of questions without an answer, with no answer between: then it is the api itself. */
  private static final int IN_A_ROW_MAX = 5;

  private final Map<String, Long> pausedUntil = BoundedMap.byArrival(HOSTS_MAX);

  private long allPausedUntil = System.nanoTime();
  private int inARow;

  synchronized boolean isPaused(String host) {
    long now = System.nanoTime();
    Long until = pausedUntil.get(host);
    return allPausedUntil - now > 0 || (until != null && until - now > 0);
  }

  synchronized void answered() {
    inARow = 0;
  }

  synchronized void failed(String host) {
    long until = System.nanoTime() + PAUSE.toNanos();
    pausedUntil.remove(host);
    pausedUntil.put(host, until);
    inARow += 1;
    if (inARow >= IN_A_ROW_MAX) {
      allPausedUntil = until;
    }
  }
}
