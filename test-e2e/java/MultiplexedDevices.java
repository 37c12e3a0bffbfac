import com.google.gson.Gson;
import com.microsoft.azure.sdk.iot.device.ClientOptions;
import com.microsoft.azure.sdk.iot.device.DeviceClient;
import com.microsoft.azure.sdk.iot.device.IotHubClientProtocol;
import com.microsoft.azure.sdk.iot.device.IotHubMessageResult;
import com.microsoft.azure.sdk.iot.device.IotHubStatusCode;
import com.microsoft.azure.sdk.iot.device.Message;
import com.microsoft.azure.sdk.iot.device.MultiplexingClient;
import com.microsoft.azure.sdk.iot.device.MultiplexingClientOptions;
import com.microsoft.azure.sdk.iot.device.exceptions.IotHubClientException;
import com.microsoft.azure.sdk.iot.device.transport.NoRetry;
import com.microsoft.azure.sdk.iot.device.twin.DirectMethodResponse;
import com.microsoft.azure.sdk.iot.device.twin.TwinCollection;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Devices that share one AMQP connection, and tell line by line what happens to them. On standard input they
 * are told what to do, a line each: `send DEVICE TEXT`, `twin DEVICE`, `report DEVICE KEY VALUE`; its end ends them.
 *
 * Messages from the hub are settled by the first word of their text: `reject`, `abandon` (the first time), or else
 * completed.
 */
public final class MultiplexedDevices {
  private static final Gson gson = new Gson();
  private static final int answerMs = 3_000;
  private static final int attemptsMax = 4;
  private static final Map<String, DeviceClient> clients = new LinkedHashMap<>();
  private static final Map<String, Boolean> abandoned = new ConcurrentHashMap<>();

  /** @param args host, how many seconds a token counts, then the devices' connection strings */
  public static void main(String[] args) throws Exception {
    SSLContext trust = trust(System.getenv("IOTHUB_CA_FILE"));
    MultiplexingClientOptions shared = MultiplexingClientOptions.builder().sslContext(trust).build();
    MultiplexingClient connection =
        new MultiplexingClient(args[0], IotHubClientProtocol.AMQPS, shared);
    connection.setRetryPolicy(new NoRetry());
    connection.setConnectionStatusChangeCallback(
        context -> tell("connection", "", context.getNewStatus().toString()), null);
    for (String connectionString : List.of(args).subList(2, args.length)) {
      DeviceClient client = createClient(connectionString, trust, Long.parseLong(args[1]));
      clients.put(client.getConfig().getDeviceId(), client);
    }
    connection.registerDeviceClients(clients.values());
    connection.open(false);
    for (String device : clients.keySet()) {
      subscribe(device);
    }
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      obey(line.split(" "));
    }
    connection.close();
    tell("closed", "", null);
    System.exit(0);
  }

  private static DeviceClient createClient(String connectionString, SSLContext trust, long tokenSeconds) {
    ClientOptions options =
        ClientOptions.builder()
            .sslContext(trust)
            .modelId("dtmi:linchpin:Multiplexed;1")
            .sasTokenExpiryTime(tokenSeconds)
            .build();
    DeviceClient client = new DeviceClient(connectionString, IotHubClientProtocol.AMQPS, options);
    String device = client.getConfig().getDeviceId();
    client.setRetryPolicy(new NoRetry());
    client.setConnectionStatusChangeCallback(
        context -> tell("status", device, context.getNewStatus() + " " + context.getNewStatusReason()),
        null);
    client.setMessageCallback((message, context) -> settle(device, message), null);
    return client;
  }

  private static void subscribe(String device) throws Exception {
    DeviceClient client = clients.get(device);
    client.subscribeToMethods(
        (name, payload, context) -> new DirectMethodResponse(210, Map.of("device", device, "method", name)),
        null);
    client.subscribeToDesiredProperties(
        (twin, context) -> tell("desired", device, twin.getDesiredProperties()), null);
    tell("ready", device, null);
  }

  private static void obey(String[] words) throws Exception {
    String device = words[1];
    DeviceClient client = clients.get(device);
    switch (words[0]) {
      case "send" -> {
        client.sendEvent(new Message(words[2]));
        tell("sent", device, words[2]);
      }
      case "twin" -> tell("twin", device, ask(() -> client.getTwin(answerMs)).answer().getDesiredProperties());
      case "report" -> {
        TwinCollection reported = new TwinCollection();
        reported.put(words[2], words[3]);
        var asked = ask(() -> client.updateReportedProperties(reported, answerMs));
        tell("reported", device, Map.of("version", asked.answer().getVersion(), "attempts", asked.attempts()));
      }
      default -> throw new IllegalArgumentException(words[0]);
    }
  }

  /**
   * Asks again when no answer came. The SDK's receiving thread forgets who waits for an answer as soon as it has one to
   * settle, and the thread that looks for him may come later: the SDK has the answer then, and tells nobody.
   */
  private static <T> Asked<T> ask(Callable<T> question) throws Exception {
    for (int attempt = 1; ; attempt++) {
      try {
        return new Asked<>(question.call(), attempt);
      } catch (IotHubClientException error) {
        if (error.getStatusCode() != IotHubStatusCode.DEVICE_OPERATION_TIMED_OUT || attempt == attemptsMax) {
          throw error;
        }
      }
    }
  }

  private record Asked<T>(T answer, int attempts) {}

  private static IotHubMessageResult settle(String device, Message message) {
    String text = new String(message.getBytes(), Message.DEFAULT_IOTHUB_MESSAGE_CHARSET);
    tell("message", device, text);
    if (text.startsWith("reject")) {
      return IotHubMessageResult.REJECT;
    }
    boolean isFirst = abandoned.putIfAbsent(device + text, true) == null;
    return text.startsWith("abandon") && isFirst
        ? IotHubMessageResult.ABANDON
        : IotHubMessageResult.COMPLETE;
  }

  private static synchronized void tell(String kind, String device, Object value) {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("device", device);
    told.put("value", value);
    System.out.println(gson.toJson(List.of(kind, told)));
  }

  private static SSLContext trust(String authorityFile) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    try (FileInputStream file = new FileInputStream(authorityFile)) {
      store.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
