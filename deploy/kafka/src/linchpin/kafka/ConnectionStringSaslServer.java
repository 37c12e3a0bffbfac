package linchpin.kafka;

import java.io.IOException;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.authenticator.SaslInternalConfigs;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;
import org.apache.kafka.common.security.plain.internals.PlainSaslServer;

/**
 * PLAIN of one connection. Kafka's takes the user name for the principal, which here is `$ConnectionString` whoever
 * comes: this one has the {@link Reader} that was proven. All other users are Kafka's own.
 */
final class ConnectionStringSaslServer extends PlainSaslServer {
  static final String USERNAME = "$ConnectionString";

  private final Login login;

  ConnectionStringSaslServer(ConnectionStringCallbackHandler handler) {
    this(new Login(handler));
  }

  private ConnectionStringSaslServer(Login login) {
    super(login::handle);
    this.login = login;
  }

  @Override
  public byte[] evaluateResponse(byte[] response) {
    try {
      return super.evaluateResponse(response);
    } catch (SaslAuthenticationException error) {
      if (login.unavailable != null) {
        throw breakOff(login.unavailable);
      }
      throw login.refusal == null ? error : login.refusal;
    }
  }

  @Override
  public String getAuthorizationID() {
    String username = super.getAuthorizationID();
    return login.reader == null ? username : login.reader.principal();
  }

  /** Comes with the end of each connection, and with that of its login when another takes its place. */
  @Override
  public void dispose() {
    super.dispose();
    login.end();
  }

  /** Kafka closes the connection when a token ends, unless the client shows another one before. */
  @Override
  public Object getNegotiatedProperty(String name) {
    Object property = super.getNegotiatedProperty(name);
    boolean isLifetime = SaslInternalConfigs.CREDENTIAL_LIFETIME_MS_SASL_NEGOTIATED_PROPERTY_KEY.equals(name);
    return isLifetime && login.reader != null
        ? login.reader.expiresAt().map(instant -> (Object) instant.toEpochMilli()).orElse(null)
        : property;
  }

  /**
   * A client takes a refusal for final, and a connection that breaks for a reason to try again. The interface has no
   * such exception, and Kafka logs every other one with its trace.
   */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> RuntimeException breakOff(IOException error) throws E {
    throw (E) error;
  }

  /** What became of the one attempt that a connection has. */
  private static final class Login {
    private final ConnectionStringCallbackHandler handler;
    private Reader reader;
    private SaslAuthenticationException refusal;
    private IOException unavailable;
    private boolean isEnded;

    Login(ConnectionStringCallbackHandler handler) {
      this.handler = handler;
    }

    /** As PlainSaslServer asks: the name, then whether the password is right. */
    void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
      boolean isReader =
          callbacks.length == 2
              && callbacks[0] instanceof NameCallback name
              && USERNAME.equals(name.getDefaultName());
      if (isReader && callbacks[1] instanceof PlainAuthenticateCallback password) {
        password.authenticated(isProven(new String(password.password())));
      } else {
        handler.handle(callbacks);
      }
    }

    private boolean isProven(String password) {
      try {
        Reader proven = handler.readers().prove(password);
        handler.readers().enter(proven);
        reader = proven;
        return true;
      } catch (SaslAuthenticationException error) {
        refusal = error;
      } catch (IOException error) {
        unavailable = error;
      }
      return false;
    }

    void end() {
      if (reader != null && !isEnded) {
        isEnded = true;
        handler.readers().leave(reader);
      }
    }
  }
}
