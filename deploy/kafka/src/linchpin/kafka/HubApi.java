package linchpin.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.common.config.ConfigException;

/**
 * The api of Linchpin: `GET /messages/events` says whether a policy's token may read its hub's telemetry, and where that
 * is. Only the address that is configured is asked: which hub is meant stands in the token.
 */
final class HubApi {
  private static final int ANSWER_BYTES_MAX = 16 * 1024;
  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final Settings settings;
  private final URI question;
  private final HttpClient client;
  private final ObjectMapper json = new ObjectMapper();

  HubApi(Settings settings) {
    this.settings = settings;
    question = settings.apiUrl().resolve("/messages/events?api-version=2021-04-12");
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.timeout());
    settings.authorityFile().ifPresent(file -> builder.sslContext(trusting(file)));
    client = builder.build();
  }

  /**
   * Empty when the token does not count, or may not do this.
   *
   * @throws IOException when there is no answer in time, or none that says which
   */
  Optional<Grant> ask(String token) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(question)
            .timeout(settings.timeout())
            .header("Authorization", token)
            .header("Accept", "application/json")
            .build();
    HttpResponse<String> response = await(client.sendAsync(request, boundedText()));
    switch (response.statusCode()) {
      case 200:
        return Optional.of(readGrant(response.body()));
      case 401:
      case 403:
        return Optional.empty();
      default:
        throw new IOException("the api answered " + response.statusCode());
    }
  }

  /** A time limit of the request ends with the header of its answer; this one does not. */
  private HttpResponse<String> await(CompletableFuture<HttpResponse<String>> answer) throws IOException {
    try {
      return answer.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException error) {
      throw new IOException("the api did not answer within " + settings.timeout().toMillis() + " ms");
    } catch (ExecutionException error) {
      throw new IOException("the api cannot be asked: " + error.getCause(), error.getCause());
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IOException("the broker stops", error);
    } finally {
      answer.cancel(true);
    }
  }

  /** The api names the length of what it answers; what has none, or a greater one, is not read. */
  private static BodyHandler<String> boundedText() {
    return info ->
        info.headers().firstValueAsLong("Content-Length").orElse(Long.MAX_VALUE) <= ANSWER_BYTES_MAX
            ? BodySubscribers.ofString(StandardCharsets.UTF_8)
            : BodySubscribers.replacing("");
  }

  private Grant readGrant(String text) throws IOException {
    JsonNode answer = json.readTree(text);
    return new Grant(
        member(answer, "hub", NAME), member(answer, "policy", NAME), member(answer, "path", TOPIC));
  }

  private static String member(JsonNode answer, String name, Pattern form) throws IOException {
    String value = answer.path(name).asText();
    if (!form.matcher(value).matches()) {
      throw new IOException("the api answered without " + name);
    }
    return value;
  }

  private static SSLContext trusting(Path authorityFile) {
    try (InputStream input = Files.newInputStream(authorityFile)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(input)) {
        trusted.setCertificateEntry("authority-" + trusted.size(), authority);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException error) {
      throw new ConfigException(Settings.AUTHORITY_FILE, authorityFile, "cannot be used: " + error);
    }
  }
}
