package linchpin.kafka;

import java.time.Instant;
import java.util.Optional;

/** A credential that counted when it was last asked for, and what it may read. All of its connections share it. */
final class Reader {
  /** Begins the principals of readers; no user of the cluster may have such a name. */
  static final String PRINCIPAL_PREFIX = ConnectionStringSaslServer.USERNAME + ":";

  private final ConnectionString credential;
  private final Grant grant;
  private volatile long provenAtNanos;
  private volatile long usedAtNanos;

  Reader(ConnectionString credential, Grant grant, long nowNanos) {
    this.credential = credential;
    this.grant = grant;
    provenAtNanos = nowNanos;
    usedAtNanos = nowNanos;
  }

  /** One for each credential, so that a key that is revoked takes nothing from who has another. */
  String principal() {
    return principalOf(grant, credential);
  }

  static String principalOf(Grant grant, ConnectionString credential) {
    return PRINCIPAL_PREFIX + grant.hub() + "/" + grant.policy() + "/" + credential.fingerprint();
  }

  ConnectionString credential() {
    return credential;
  }

  Grant grant() {
    return grant;
  }

  /** Empty for a key. */
  Optional<Instant> expiresAt() {
    return credential.expiresAt();
  }

  void provenAt(long nanos) {
    provenAtNanos = nanos;
  }

  long provenAt() {
    return provenAtNanos;
  }

  void usedAt(long nanos) {
    usedAtNanos = nanos;
  }

  long usedAt() {
    return usedAtNanos;
  }
}
