package linchpin.kafka;

import java.util.List;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler;

/**
 * `plain.sasl.server.callback.handler.class` of a listener: readers by `$ConnectionString`, and the users that its JAAS
 * entry names, as Kafka's own handler takes them. Its presence is what makes the listener's PLAIN that of
 * {@link ConnectionStringSaslServer}; other listeners keep Kafka's.
 */
public final class ConnectionStringCallbackHandler extends PlainServerCallbackHandler {
  private Readers readers;

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> jaasConfigEntries) {
    super.configure(configs, mechanism, jaasConfigEntries);
    readers = Readers.of(configs);
    ConnectionStringSaslProvider.install();
  }

  Readers readers() {
    return readers;
  }
}
