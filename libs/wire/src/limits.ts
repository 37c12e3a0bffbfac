/**
 * Azure's limits, the default profile; a deployment may raise them in its configuration. Sources:
 * security-limits.md sections 1, 8 and 11, device-mqtt.md sections 2 to 4. "Ours" marks a bound that
 * Azure does not state and that keeps memory finite.
 */

const messageBytesMax = 262_144;
const mqttFieldBytesMax = 65_535;
const idLengthMax = 128;
const sasTokenLengthMax = 8_192;
const mqttUsernameLengthMax = 4_096;

export const azureLimits = {
  /** Device, module and message ids, in characters. */
  idLengthMax,
  statusReasonLengthMax: 128,
  modulesPerDeviceMax: 50,
  /** Ours, as much as a twin's tags. In UTF-8: a list of a thousand devices must fit in an answer. */
  attributesBytesMax: 8 * 1024,
  /** Rows of one answer that lists devices; a larger wish is cut to it. */
  listedDevicesMax: 1000,
  /** Devices and modules that one bulk request names. */
  bulkRowsMax: 100,

  hubNameLengthMin: 3,
  hubNameLengthMax: 50,
  partitionsDefault: 4,
  partitionsMax: 32,
  retentionDaysDefault: 1,
  retentionDaysMax: 7,

  tagsPerHubMax: 50,
  tagNameLengthMax: 512,
  tagValueLengthMax: 256,
  ipFilterRulesMax: 100,
  ipFilterNameLengthMax: 128,
  /** Of the built-in endpoint, `$Default` among them. */
  consumerGroupsMax: 20,
  consumerGroupNameLengthMax: 50,

  /** Ours: Azure gives a hub one. */
  hostNamesPerHubMax: 16,
  policiesPerHubMax: 16,
  serviceConnectPoliciesMax: 10,
  policyNameLengthMax: 64,
  symmetricKeyBytesMin: 16,
  symmetricKeyBytesMax: 64,
  generatedKeyBytes: 32,
  caCertificatesPerHubMax: 25,
  certificateNameLengthMax: 64,
  /** Ours: those of devices and their authorities have 1 to 4 KB. */
  certificateBytesMax: 8_192,
  /** Ours: what a device shows of its chain, its own certificate included. */
  certificateChainLengthMax: 10,
  /** Ours: the same, all together in DER; honest chains have 2 to 8 KB. */
  certificateChainBytesMax: 16_384,
  /** Ours: real tokens stay below 1,000 even with both ids at their longest and encoded twice. */
  sasTokenLengthMax,
  /** A token counts this much longer than it says, at CONNECT and while connected. */
  clockSkewMs: 300_000,

  /** From the opened transport to a whole CONNECT. */
  connectArrivalMs: 60_000,
  /** The longest silence of a client, whatever keep-alive it asked for; also what keep-alive 0 means. */
  keepAliveMsMax: 1_767_000,
  /** Ours: what the username says is stamped on messages, so its length is a factor of their size. */
  mqttUsernameLengthMax,
  /** By AMQP; stamped on messages, too. DTDL v3 allows as much. */
  modelIdLengthMax: 4_096,
  /** Ours: a request id comes back in a topic, which must have room for it. */
  mqttRequestIdLengthMax: 1024,
  /** Packets of more than a message, its topic and the fields around them are not read. */
  mqttRemainingLengthMax: messageBytesMax + mqttFieldBytesMax + 8,
  /**
   * Ours, the same of CONNECT: the ids of a module, a will whose topic and payload are as long as MQTT lets them be,
   * username and token, and what stands around these five fields.
   */
  mqttConnectLengthMax:
    2 * idLengthMax +
    1 +
    2 * mqttFieldBytesMax +
    mqttUsernameLengthMax +
    sasTokenLengthMax +
    (10 + 5 * 2),
  subscriptionsPerConnectionMax: 5,
  /** In UTF-8; MQTT's own. */
  mqttTopicBytesMax: mqttFieldBytesMax,

  /** Body, values of system properties, names and values of application properties. */
  messageBytesMax,
  /** Ours: of telemetry that is sent at once, each with an empty body of AMQP, as many as fit into it. */
  batchMessagesMax: 16_384,

  /** Messages on their way to one device that it has not acknowledged yet. */
  deviceboundInFlightMax: 16,
  /** So long a message that is given to a device is given to nobody else. */
  messageLockSeconds: 60,
  /** Files that one device may upload at once. */
  activeUploadsMax: 10,
  /** Cloud-to-device messages that wait for one identity, locked ones among them. */
  queuedMessagesMax: 50,
  /** Ours: a cloud-to-device message of 64 KB as services hand it on, with many short properties. */
  messageContentBytesMax: 128 * 1024,
  /** Of a message to a device: body, values of system properties, names and values of application properties. */
  cloudToDeviceBytesMax: 64 * 1024,
  /** Ours: of it without the body, each byte percent-encoded, so that the topic of a PUBLISH has room for it. */
  cloudToDevicePropertyBytesMax: 16 * 1024,
  /** Ours. */
  cloudToDevicePropertiesMax: 1_000,
  propertyNameLengthMax: 256,
  /** How far ahead a message may expire. */
  cloudToDeviceExpiryMsMax: 48 * 3_600_000,

  /** Ours: 32 KB of reported properties, each of their characters escaped. */
  reportedPatchBytesMax: 6 * 32 * 1024,

  methodNameLengthMax: 128,
  /** JSON, of the request as of the response. */
  methodPayloadBytesMax: 128 * 1024,
  methodConnectTimeoutSecondsMax: 300,
  methodResponseTimeoutSecondsMin: 5,
  methodResponseTimeoutSecondsMax: 300,
  /**
   * Ours: each wait of a method ends so much earlier than its back end asked for. Azure's Node SDK gives up after
   * both its time-outs, the az command after one of them, and an answer that comes then is heard by nobody.
   */
  methodWaitEarlierMs: 100,
  /** Ours: of a device or module, those that wait for it to connect among them. */
  methodsInFlightMax: 10,
  /** Keys and values of a section of a twin, counted as service-rest.md section 7.4 says. */
  twinTagsBytesMax: 8 * 1024,
  twinPropertiesBytesMax: 32 * 1024,
  twinKeyBytesMax: 1024,
  twinStringBytesMax: 4096,
  twinIntegerMin: -(2 ** 52),
  twinIntegerMax: 2 ** 52 - 1,
  /** Objects and arrays inside of a section. */
  twinDepthMax: 10,
  /** Ours: of JSON that is to change a section; escapes and white space make it longer than what counts. */
  twinChangeTextBytesMax: 256 * 1024,
  /**
   * Ours: of a section as it is shown, its metadata included. Empty objects and control characters count
   * for nothing, and a member of two bytes has eighty of metadata; yet a whole twin must fit in one event.
   */
  twinTagsTextBytesMax: 64 * 1024,
  twinPropertiesTextBytesMax: 400 * 1024,
} as const;
