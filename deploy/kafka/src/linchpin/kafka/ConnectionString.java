package linchpin.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.net.URLEncoder;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An Event Hubs connection string, the password of `$ConnectionString`: a policy with its key, of which tokens are made
 * here so that the key does not travel, or a token (`SharedAccessSignature`) as it stands.
 */
final class ConnectionString {
  private static final int CHARS_MAX = 8 * 1024;
  private static final Pattern ENDPOINT =
      Pattern.compile("(?:sb|amqps|https)://([a-z0-9.-]{1,253})(?::\\d{1,5})?/?", Pattern.CASE_INSENSITIVE);
  private static final Pattern POLICY = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern EXPIRY = Pattern.compile("[ &?]se=(\\d+)(?:\\.\\d{0,9})?(?:&|$)");
  private static final String TOKEN_SCHEME = "SharedAccessSignature ";
  private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(5);
  /** So long after its end the api still takes a token. */
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);
  /** Kafka counts a session in nanoseconds, of which 64 bits hold 292 years. */
  private static final Duration AHEAD_MAX = Duration.ofDays(36_500);

  private final String host;
  private final String policy;
  private final byte[] key;
  private final String signature;
  private final Instant expiresAt;
  private final String entityPath;

  private ConnectionString(Map<String, String> fields) throws MalformedException {
    host = endpointHost(fields.get("endpoint"));
    entityPath = fields.get("entitypath");
    signature = fields.get("sharedaccesssignature");
    policy = fields.get("sharedaccesskeyname");
    String keyText = fields.get("sharedaccesskey");
    if (signature == null) {
      key = decodeKey(policy, keyText);
      expiresAt = null;
    } else if (policy == null && keyText == null) {
      key = null;
      expiresAt = expiryOf(signature);
    } else {
      throw new MalformedException("has both a SharedAccessSignature and a key");
    }
  }

  /** @throws MalformedException in words that hold nothing of the text */
  static ConnectionString parse(String text) throws MalformedException {
    if (text.length() > CHARS_MAX) {
      throw new MalformedException("is too long");
    }
    Map<String, String> fields = new HashMap<>();
    for (String field : text.split(";")) {
      if (field.isBlank()) {
        continue;
      }
      int equals = field.indexOf('=');
      if (equals < 1) {
        throw new MalformedException("has a part that is no Name=value");
      }
      String name = field.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      if (fields.put(name, field.substring(equals + 1).strip()) != null) {
        throw new MalformedException("has a part twice");
      }
    }
    return new ConnectionString(fields);
  }

  /** Whether it may be used for the entity of that hub, by either name of it; one without EntityPath is for any. */
  boolean isFor(Grant grant) {
    return entityPath == null
        || entityPath.isEmpty()
        || entityPath.equalsIgnoreCase(grant.topic())
        || entityPath.equalsIgnoreCase(grant.hub());
  }

  /** Which hub is meant, in lower case. */
  String host() {
    return host;
  }

  /** For the hub whose host the endpoint names; no other address is ever asked because of it. */
  String token(Instant now) {
    if (signature != null) {
      return signature;
    }
    String audience = URLEncoder.encode(host, UTF_8);
    long expiry = now.plus(TOKEN_LIFETIME).getEpochSecond();
    String signed = Base64.getEncoder().encodeToString(sign(audience + "\n" + expiry));
    return TOKEN_SCHEME + "sr=" + audience + "&sig=" + URLEncoder.encode(signed, UTF_8) + "&se=" + expiry
        + "&skn=" + URLEncoder.encode(policy, UTF_8);
  }

  /** When a token as it stands ceases to count, with the skew that the api grants; a key has no end. */
  Optional<Instant> expiresAt() {
    return Optional.ofNullable(expiresAt);
  }

  /** Tells one credential from all others, and nothing of it. */
  String fingerprint() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : new String[] {host, String.valueOf(policy), String.valueOf(signature)}) {
        digest.update(part.getBytes(UTF_8));
        digest.update((byte) 0);
      }
      // A string that is for another entity is judged anew.
      digest.update(String.valueOf(entityPath).toLowerCase(Locale.ROOT).getBytes(UTF_8));
      digest.update((byte) 0);
      digest.update(key == null ? new byte[0] : key);
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  /** Has no secret; every character of it was looked at. */
  @Override
  public String toString() {
    return policy == null ? host : host + "/" + policy;
  }

  private byte[] sign(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException | InvalidKeyException error) {
      throw new IllegalStateException(error);
    }
  }

  private static String endpointHost(String endpoint) throws MalformedException {
    Matcher matcher = ENDPOINT.matcher(endpoint == null ? "" : endpoint);
    if (!matcher.matches()) {
      throw new MalformedException("has no Endpoint=sb://HOST/");
    }
    return matcher.group(1).toLowerCase(Locale.ROOT);
  }

  private static byte[] decodeKey(String policy, String key) throws MalformedException {
    if (policy == null || !POLICY.matcher(policy).matches()) {
      throw new MalformedException("has no SharedAccessKeyName that could be a policy's");
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(key == null ? "" : key);
      if (bytes.length > 0) {
        return bytes;
      }
    } catch (IllegalArgumentException error) {
      // Said below in the same words; this text would quote the key.
    }
    throw new MalformedException("has no SharedAccessKey in Base64");
  }

  private static Instant expiryOf(String signature) throws MalformedException {
    Matcher matcher = EXPIRY.matcher(signature);
    boolean isHeader = signature.chars().allMatch(unit -> unit >= 0x20 && unit < 0x7f);
    if (!isHeader || !signature.startsWith(TOKEN_SCHEME) || !matcher.find()) {
      throw new MalformedException("has a SharedAccessSignature that is none");
    }
    BigInteger latest = BigInteger.valueOf(Instant.now().plus(AHEAD_MAX).getEpochSecond());
    long seconds = new BigInteger(matcher.group(1)).min(latest).longValue();
    return Instant.ofEpochSecond(seconds).plus(CLOCK_SKEW);
  }

  /** What is wrong with the text; nothing of it is quoted. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String fault) {
      super("The connection string " + fault + ".");
    }
  }
}
