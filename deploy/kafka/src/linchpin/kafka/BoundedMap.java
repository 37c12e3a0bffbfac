package linchpin.kafka;

import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps so many entries: for one more it forgets the eldest. */
final class BoundedMap<V> extends LinkedHashMap<String, V> {
  private static final long serialVersionUID = 1L;

  private final int sizeMax;

  private BoundedMap(int sizeMax, boolean isByUse) {
    super(16, 0.75f, isByUse);
    this.sizeMax = sizeMax;
  }

  /** The eldest is who came first. */
  static <V> BoundedMap<V> byArrival(int sizeMax) {
    return new BoundedMap<>(sizeMax, false);
  }

  /** The eldest is who has not been asked for or put for the longest time. */
  static <V> BoundedMap<V> byUse(int sizeMax) {
    return new BoundedMap<>(sizeMax, true);
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
    return size() > sizeMax;
  }
}
