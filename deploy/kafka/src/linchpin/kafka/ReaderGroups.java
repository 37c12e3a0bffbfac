package linchpin.kafka;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The groups that each hub's readers use. Whoever may join or commit makes a group by its mere name, which the broker
 * keeps in memory and in a topic for as long as offsets are kept: each hub has so many, and a name that was not used for
 * that time makes room for another.
 */
final class ReaderGroups {
  static final int OF_HUB_MAX = 100;
  private static final int HUBS_MAX = 10_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  private final Duration kept;
  /** By the hub's topic: when each was used, the longest unused first. */
  private final Map<String, Map<String, Long>> usedAt = newestLast();

  /** @param kept how long the broker keeps the offsets of a group that nobody uses */
  ReaderGroups(Duration kept) {
    this.kept = kept;
  }

  static boolean isName(String group) {
    return NAME.matcher(group).matches();
  }

  /** @return whether the group has a place among those of the topic's hub, from now on if not before */
  synchronized boolean use(String topic, String group) {
    Map<String, Long> groups = usedAt.computeIfAbsent(topic, key -> newestLast());
    if (usedAt.size() > HUBS_MAX) {
      removeFirst(usedAt);
    }
    long now = System.nanoTime();
    if (!groups.containsKey(group) && groups.size() >= OF_HUB_MAX) {
      long longestUnusedAt = groups.values().iterator().next();
      if (now - longestUnusedAt < kept.toNanos()) {
        return false;
      }
      removeFirst(groups);
    }
    groups.put(group, now);
    return true;
  }

  private static <V> Map<String, V> newestLast() {
    return new LinkedHashMap<>(16, 0.75f, true);
  }

  private static void removeFirst(Map<String, ?> map) {
    map.remove(map.keySet().iterator().next());
  }
}
