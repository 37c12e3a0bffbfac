package linchpin.kafka;

import java.util.HashMap;
import java.util.Map;

/** How many connections of each hub are open: the listener's places are for all hubs, and none may take all of them. */
final class OpenLogins {
  private final int ofHubMax;
  /** Has no hub without a connection. */
  private final Map<String, Integer> counts = new HashMap<>();

  OpenLogins(int ofHubMax) {
    this.ofHubMax = ofHubMax;
  }

  /** @return whether the hub had a place left; whoever got it gives it back */
  synchronized boolean take(String hub) {
    int count = counts.getOrDefault(hub, 0);
    if (count >= ofHubMax) {
      return false;
    }
    counts.put(hub, count + 1);
    return true;
  }

  synchronized void giveBack(String hub) {
    counts.computeIfPresent(hub, (name, count) -> count > 1 ? count - 1 : null);
  }
}
