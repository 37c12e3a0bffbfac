package linchpin.kafka;

import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/**
 * A listener's `ssl.engine.factory.class`: Kafka's own, and whoever sends a longer request than a reader has use for is cut
 * off. Nothing else of a broker has a bound for one listener, or sees how long a request is.
 */
public final class BoundedSslEngineFactory extends DefaultSslEngineFactory {
  @Override
  public SSLEngine createServerSslEngine(String peerHost, int peerPort) {
    return new BoundedSslEngine(super.createServerSslEngine(peerHost, peerPort));
  }
}
