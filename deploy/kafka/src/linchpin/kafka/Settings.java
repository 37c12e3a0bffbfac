package linchpin.kafka;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;

/**
 * What stands of this plug-in in the broker's properties; README.md of deploy/kafka has the table.
 *
 * @param timeout of one question to the api: so long may a login hold a network thread of its listener
 * @param recheck how often a login that counted is asked for again
 * @param grace how long one counts on when the api cannot be asked
 * @param hubConnectionsMax how many connections of one hub a broker has
 */
record Settings(
    URI apiUrl,
    Optional<Path> authorityFile,
    Duration timeout,
    Duration recheck,
    Duration grace,
    int hubConnectionsMax) {
  static final String API_URL = "linchpin.readers.api.url";
  static final String AUTHORITY_FILE = "linchpin.readers.api.ca.file";
  static final String TIMEOUT_MS = "linchpin.readers.api.timeout.ms";
  static final String RECHECK_MS = "linchpin.readers.recheck.ms";
  static final String GRACE_MS = "linchpin.readers.grace.ms";
  static final String HUB_CONNECTIONS_MAX = "linchpin.readers.hub.connections.max";

  static Settings read(Map<String, ?> configs) {
    return new Settings(
        readUrl(configs),
        text(configs, AUTHORITY_FILE).map(Path::of),
        readDuration(configs, TIMEOUT_MS, Duration.ofSeconds(2)),
        readDuration(configs, RECHECK_MS, Duration.ofSeconds(10)),
        readDuration(configs, GRACE_MS, Duration.ofMinutes(15)),
        readCount(configs, HUB_CONNECTIONS_MAX, 50));
  }

  private static URI readUrl(Map<String, ?> configs) {
    String url = text(configs, API_URL).orElse("");
    if (!url.matches("https://[^/?#@]+/?")) {
      throw new ConfigException(API_URL, url, "is to be https://HOST[:PORT] of Linchpin's api");
    }
    return URI.create(url);
  }

  private static Duration readDuration(Map<String, ?> configs, String name, Duration standard) {
    String value = text(configs, name).orElse(String.valueOf(standard.toMillis()));
    if (!value.matches("[1-9]\\d{1,8}")) {
      throw new ConfigException(name, value, "is to be a number of milliseconds from 10 on");
    }
    return Duration.ofMillis(Long.parseLong(value));
  }

  private static int readCount(Map<String, ?> configs, String name, int standard) {
    String value = text(configs, name).orElse(String.valueOf(standard));
    if (!value.matches("[1-9]\\d{0,5}")) {
      throw new ConfigException(name, value, "is to be a number from 1 on");
    }
    return Integer.parseInt(value);
  }

  private static Optional<String> text(Map<String, ?> configs, String name) {
    return Optional.ofNullable(configs.get(name)).map(value -> value.toString().strip()).filter(value -> !value.isEmpty());
  }
}
