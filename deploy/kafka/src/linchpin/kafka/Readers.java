package linchpin.kafka;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who has come by `$ConnectionString`: proven at the login, and asked for again and again while the connections last. What
 * no longer counts is forgotten, and with it the right to read.
 */
final class Readers {
  private static final Logger LOG = LoggerFactory.getLogger(Readers.class);
  private static Readers shared;

  /** Of one hub: more than it has keys, for tokens differ each time. */
  private static final int READERS_OF_HUB_MAX = 100;
  private static final int READERS_MAX = 10_000;
  /** All that a hub may have come back at once, and again when they had no luck. */
  private static final int LOGINS_AT_ONCE_FACTOR = 4;
  private static final int LOGINS_PER_SECOND = 5;
  private static final int REFUSED_MAX = 1_000;
  /** Clients that are refused come again, many at once. */
  private static final Duration REFUSED_FOR = Duration.ofSeconds(3);
  private static final int RECHECKS_AT_ONCE = 4;
  /** No connection lives so long without a request: `connections.max.idle.ms` is to be less. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);
  private static final String REFUSED =
      "The connection string's hub does not accept it: a policy with ServiceConnect and its current key are needed.";

  private final Settings settings;
  private final HubApi api;
  /** By fingerprint, and by principal. */
  private final Map<String, Reader> byFingerprint = new ConcurrentHashMap<>();
  private final Map<String, Reader> byPrincipal = new ConcurrentHashMap<>();
  private final Outages outages = new Outages();
  private final OpenLogins openLogins;
  /** A connection that has gone may leave a request that waits for another minute, and so take more than its place. */
  private final HubRate logins;
  private final Map<String, Long> refusedUntil = boundedMap(REFUSED_MAX);
  private final ExecutorService rechecks = Executors.newFixedThreadPool(RECHECKS_AT_ONCE, Readers::daemon);

  private Readers(Settings settings) {
    this.settings = settings;
    api = new HubApi(settings);
    openLogins = new OpenLogins(settings.hubConnectionsMax());
    logins = new HubRate(LOGINS_AT_ONCE_FACTOR * settings.hubConnectionsMax(), LOGINS_PER_SECOND);
    long recheckMs = settings.recheck().toMillis();
    Executors.newSingleThreadScheduledExecutor(Readers::daemon)
        .scheduleWithFixedDelay(this::recheckAll, recheckMs, recheckMs, TimeUnit.MILLISECONDS);
  }

  /** A broker's listeners and its authorizer have the same ones. */
  static synchronized Readers of(Map<String, ?> configs) {
    Settings settings = Settings.read(configs);
    if (shared == null) {
      shared = new Readers(settings);
    } else if (!shared.settings.equals(settings)) {
      throw new ConfigException("linchpin.readers.* is to be the same everywhere in a broker's properties");
    }
    return shared;
  }

  /**
   * Runs in a network thread of the listener, which waits for the api meanwhile.
   *
   * @throws SaslAuthenticationException when the password does not count; the client reads its text
   * @throws IOException when that cannot be known now
   */
  Reader prove(String password) throws IOException {
    try {
      return prove(ConnectionString.parse(password));
    } catch (ConnectionString.MalformedException error) {
      throw new SaslAuthenticationException(error.getMessage());
    }
  }

  /**
   * A connection of the reader begins.
   *
   * @throws IOException when its hub has too many of them, or too often: there will be room again
   */
  void enter(Reader reader) throws IOException {
    String hub = reader.grant().hub();
    if (!openLogins.take(hub)) {
      LOG.info("{} is cut off: {} connections of its hub are open", reader.principal(), settings.hubConnectionsMax());
      throw new IOException("too many connections of the hub are open");
    }
    if (!logins.take(hub)) {
      openLogins.giveBack(hub);
      LOG.info("{} is cut off: its hub's readers connect too often", reader.principal());
      throw new IOException("readers of the hub connect too often");
    }
  }

  /** A connection that had entered ends. */
  void leave(Reader reader) {
    openLogins.giveBack(reader.grant().hub());
  }

  /** What the reader may read by now; nothing when it is no longer known. Asks nobody. */
  Optional<Grant> find(String principal) {
    Reader reader = byPrincipal.get(principal);
    if (reader == null || isOver(reader)) {
      return Optional.empty();
    }
    reader.usedAt(System.nanoTime());
    return Optional.of(reader.grant());
  }

  private Reader prove(ConnectionString credential) throws IOException {
    String fingerprint = credential.fingerprint();
    Reader known = byFingerprint.get(fingerprint);
    long askedAt = System.nanoTime();
    if (known != null && !isOver(known) && askedAt - known.provenAt() < settings.recheck().toNanos()) {
      return known;
    }
    if (isAhead(refusedUntil.get(fingerprint))) {
      throw new SaslAuthenticationException(REFUSED);
    }
    try {
      Optional<Grant> grant = ask(credential);
      if (grant.isPresent()) {
        return remember(new Reader(credential, grant.get(), askedAt));
      }
    } catch (IOException error) {
      if (known != null && !isOver(known)) {
        return known;
      }
      throw error;
    }
    refusedUntil.put(fingerprint, System.nanoTime() + REFUSED_FOR.toNanos());
    LOG.info("$ConnectionString of {} is refused by the api", credential);
    if (known != null) {
      forget(known);
    }
    throw new SaslAuthenticationException(REFUSED);
  }

  /** At once without an answer, shortly after a question that had none. */
  private Optional<Grant> ask(ConnectionString credential) throws IOException {
    String host = credential.host();
    if (outages.isPaused(host)) {
      throw new IOException("the api did not answer a moment ago");
    }
    try {
      Optional<Grant> grant = api.ask(credential.token(Instant.now()));
      outages.answered();
      return grant;
    } catch (IOException error) {
      outages.failed(host);
      LOG.warn("Whether a $ConnectionString of {} counts cannot be known: {}", host, error.getMessage());
      throw error;
    }
  }

  private synchronized Reader remember(Reader reader) throws IOException {
    Grant grant = reader.grant();
    String fingerprint = reader.credential().fingerprint();
    if (!reader.credential().isFor(grant)) {
      throw new SaslAuthenticationException("The EntityPath is another than the hub's, " + grant.topic() + ".");
    }
    boolean isNew = !byFingerprint.containsKey(fingerprint);
    if (isNew && byFingerprint.size() >= READERS_MAX) {
      throw new IOException("too many readers are known");
    }
    if (isNew) {
      makeRoom(grant.hub());
    }
    Reader former = byFingerprint.put(fingerprint, reader);
    if (former != null) {
      byPrincipal.remove(former.principal(), former);
    }
    byPrincipal.put(reader.principal(), reader);
    if (isNew) {
      LOG.info("{} reads {}", reader.principal(), grant.topic());
    }
    return reader;
  }

  /** A fresh key is not kept out by tokens that nobody uses any more. */
  private void makeRoom(String hub) {
    List<Reader> ofHub =
        byFingerprint.values().stream().filter(one -> one.grant().hub().equals(hub)).toList();
    if (ofHub.size() >= READERS_OF_HUB_MAX) {
      long now = System.nanoTime();
      Reader longestUnused = Collections.max(ofHub, Comparator.comparingLong(one -> now - one.usedAt()));
      LOG.info("{} is forgotten: too many credentials of its hub are in use", longestUnused.principal());
      forget(longestUnused);
    }
  }

  private synchronized void forget(Reader reader) {
    byFingerprint.remove(reader.credential().fingerprint(), reader);
    byPrincipal.remove(reader.principal(), reader);
  }

  private void recheckAll() {
    List<Callable<Void>> checks =
        byFingerprint.values().stream().map(reader -> (Callable<Void>) () -> recheck(reader)).toList();
    try {
      rechecks.invokeAll(checks);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  private Void recheck(Reader reader) {
    if (isOver(reader)) {
      LOG.info("{} is forgotten: its time is over", reader.principal());
      forget(reader);
      return null;
    }
    long askedAt = System.nanoTime();
    try {
      Optional<Grant> grant = ask(reader.credential());
      if (grant.filter(reader.grant()::equals).isPresent()) {
        reader.provenAt(askedAt);
      } else {
        LOG.info("{} may read no longer", reader.principal());
        forget(reader);
      }
    } catch (IOException error) {
      LOG.debug("{} reads on unproven", reader.principal());
    }
    return null;
  }

  /** Its token has ended, nobody could be asked for too long, or all of its connections have been closed as idle. */
  private boolean isOver(Reader reader) {
    long now = System.nanoTime();
    return reader.expiresAt().filter(Instant.now()::isAfter).isPresent()
        || now - reader.provenAt() > settings.grace().toNanos()
        || now - reader.usedAt() > FORGOTTEN_AFTER.toNanos();
  }

  private static boolean isAhead(Long nanos) {
    return nanos != null && nanos - System.nanoTime() > 0;
  }

  private static Map<String, Long> boundedMap(int sizeMax) {
    return Collections.synchronizedMap(BoundedMap.byArrival(sizeMax));
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "linchpin-readers");
    thread.setDaemon(true);
    return thread;
  }
}
