package linchpin.kafka;

import java.util.Map;
import java.util.OptionalLong;

/** Which denials have a line in the log: of each reader one a second, which says how many had none. */
final class Denials {
  private static final long LINE_EVERY_NANOS = 1_000_000_000;
  private static final int READERS_MAX = 10_000;

  private final Map<String, Told> byPrincipal = BoundedMap.byUse(READERS_MAX);

  /** @return how many had no line, these but one among them; nothing when it is too early for the next line */
  synchronized OptionalLong take(String principal, int count) {
    long now = System.nanoTime();
    Told told = byPrincipal.getOrDefault(principal, new Told(now - LINE_EVERY_NANOS, 0));
    long untold = told.untold() + count;
    if (now - told.at() < LINE_EVERY_NANOS) {
      byPrincipal.put(principal, new Told(told.at(), untold));
      return OptionalLong.empty();
    }
    byPrincipal.put(principal, new Told(now, 0));
    return OptionalLong.of(untold - 1);
  }

  /** When its last line was, and how many were denied since. */
  private record Told(long at, long untold) {}
}
