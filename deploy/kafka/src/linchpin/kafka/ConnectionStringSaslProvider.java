package linchpin.kafka;

import java.security.Provider;
import java.security.Security;
import java.util.Map;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslServer;
import javax.security.sasl.SaslServerFactory;
import org.apache.kafka.common.security.plain.internals.PlainSaslServer;

/**
 * How Java finds the server's side of PLAIN: it asks each provider in turn. Ours stands before Kafka's and passes on
 * every listener whose handler is not {@link ConnectionStringCallbackHandler}.
 */
public final class ConnectionStringSaslProvider extends Provider {
  private static final long serialVersionUID = 1L;
  private static final String NAME = "Linchpin SASL/PLAIN Server Provider";

  private ConnectionStringSaslProvider() {
    super(NAME, "1.0", "SASL/PLAIN with $ConnectionString");
    put("SaslServerFactory." + PlainSaslServer.PLAIN_MECHANISM, Factory.class.getName());
  }

  /** Again it does nothing. */
  static void install() {
    Security.insertProviderAt(new ConnectionStringSaslProvider(), 1);
  }

  public static final class Factory implements SaslServerFactory {
    @Override
    public SaslServer createSaslServer(
        String mechanism, String protocol, String serverName, Map<String, ?> props, CallbackHandler handler) {
      return PlainSaslServer.PLAIN_MECHANISM.equals(mechanism)
              && handler instanceof ConnectionStringCallbackHandler own
          ? new ConnectionStringSaslServer(own)
          : null;
    }

    @Override
    public String[] getMechanismNames(Map<String, ?> props) {
      return new String[] {PlainSaslServer.PLAIN_MECHANISM};
    }
  }
}
