package linchpin.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * `authorizer.class.name`: Kafka's own for everybody but the readers of hubs. Those have no ACLs; each may read the one
 * topic of its hub, in groups whose names begin with it, and nothing else.
 */
public final class ReaderAuthorizer extends StandardAuthorizer {
  private static final Logger LOG = LoggerFactory.getLogger(ReaderAuthorizer.class);
  private static final int NAME_CHARS_MAX = 100;
  /** The broker keeps it with each member. */
  private static final int CLIENT_ID_CHARS_MAX = 256;

  /** What consumers ask that is authorized at all. Groups of streams and of shares have no such bounds as theirs have. */
  private static final Set<ApiKeys> REQUESTS =
      EnumSet.of(
          ApiKeys.METADATA, ApiKeys.DESCRIBE_TOPIC_PARTITIONS, ApiKeys.LIST_OFFSETS, ApiKeys.FETCH,
          ApiKeys.OFFSET_FOR_LEADER_EPOCH, ApiKeys.FIND_COORDINATOR, ApiKeys.JOIN_GROUP, ApiKeys.SYNC_GROUP,
          ApiKeys.HEARTBEAT, ApiKeys.LEAVE_GROUP, ApiKeys.CONSUMER_GROUP_HEARTBEAT, ApiKeys.OFFSET_COMMIT,
          ApiKeys.OFFSET_FETCH, ApiKeys.LIST_GROUPS, ApiKeys.DESCRIBE_GROUPS, ApiKeys.CONSUMER_GROUP_DESCRIBE);

  private static final String OFFSETS_RETENTION_MINUTES = "offsets.retention.minutes";
  private static final String OFFSETS_RETENTION_MINUTES_STANDARD = "10080";

  private Readers readers;
  private ReaderGroups groups;
  /**
   * Each may leave something in memory until a session ends, whoever is connected by then; a group's places do not count
   * those who have only asked for a member's id. Who joins makes all of its group join anew: 152 joins until 16 are in, one
   * by one, and some 450 of three groups that come back at once. A denial is final to them.
   */
  private final HubRate joins = new HubRate(1_000, 10);
  private final Denials denials = new Denials();

  @Override
  public void configure(Map<String, ?> configs) {
    super.configure(configs);
    readers = Readers.of(configs);
    Object minutes = configs.get(OFFSETS_RETENTION_MINUTES);
    String keptMinutes = minutes == null ? OFFSETS_RETENTION_MINUTES_STANDARD : minutes.toString().strip();
    groups = new ReaderGroups(Duration.ofMinutes(Long.parseLong(keptMinutes)));
  }

  @Override
  public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
    if (!isReader(context)) {
      return super.authorize(context, actions);
    }
    String principal = context.principal().getName();
    Optional<Grant> grant = readers.find(principal);
    Optional<String> objection =
        grant.isEmpty() ? Optional.of("may read no longer") : objectionTo(context, grant.get());
    List<AuthorizationResult> results = new ArrayList<>();
    List<Action> denied = new ArrayList<>();
    for (Action action : actions) {
      boolean isAllowed = objection.isEmpty() && grant.filter(reading -> allows(reading, action)).isPresent();
      results.add(isAllowed ? AuthorizationResult.ALLOWED : AuthorizationResult.DENIED);
      if (!isAllowed && action.logIfDenied()) {
        denied.add(action);
      }
    }
    if (!denied.isEmpty()) {
      log(principal, denied, objection.or(() -> grant.map(ReaderAuthorizer::bounds)).orElseThrow());
    }
    return results;
  }

  /** Kafka asks so whether somebody may write to any topic at all. */
  @Override
  public AuthorizationResult authorizeByResourceType(
      AuthorizableRequestContext context, AclOperation operation, ResourceType type) {
    return isReader(context)
        ? AuthorizationResult.DENIED
        : super.authorizeByResourceType(context, operation, type);
  }

  private static boolean isReader(AuthorizableRequestContext context) {
    return context.principal().getName().startsWith(Reader.PRINCIPAL_PREFIX);
  }

  /** Whatever it is about, for what the broker would have to keep. */
  private Optional<String> objectionTo(AuthorizableRequestContext context, Grant grant) {
    ApiKeys request = ApiKeys.forId(context.requestType());
    if (!REQUESTS.contains(request)) {
      return Optional.of("may not ask " + request);
    }
    if (context.clientId() != null && context.clientId().length() > CLIENT_ID_CHARS_MAX) {
      return Optional.of("has a client.id of more than " + CLIENT_ID_CHARS_MAX + " characters");
    }
    return request == ApiKeys.JOIN_GROUP && !joins.take(grant.topic())
        ? Optional.of("joins groups too often, with all readers of its hub")
        : Optional.empty();
  }

  private boolean allows(Grant grant, Action action) {
    ResourcePattern resource = action.resourcePattern();
    boolean isReading = action.operation() == AclOperation.READ || action.operation() == AclOperation.DESCRIBE;
    if (!isReading || resource.patternType() != PatternType.LITERAL) {
      return false;
    }
    return switch (resource.resourceType()) {
      case TOPIC -> resource.name().equals(grant.topic());
      case GROUP -> allowsGroup(grant, action.operation(), resource.name());
      default -> false;
    };
  }

  /** Whoever only looks at a group makes none. */
  private boolean allowsGroup(Grant grant, AclOperation operation, String group) {
    return group.startsWith(groupPrefix(grant))
        && ReaderGroups.isName(group)
        && (operation == AclOperation.DESCRIBE || groups.use(grant.topic(), group));
  }

  /** All hubs of a cluster share one space of groups, with the services of Linchpin; no other name begins so. */
  private static String groupPrefix(Grant grant) {
    return grant.topic() + ".";
  }

  private static String bounds(Grant grant) {
    return "reads " + grant.topic() + " in groups that begin with " + groupPrefix(grant) + ", "
        + ReaderGroups.OF_HUB_MAX + " at most";
  }

  private void log(String principal, List<Action> denied, String why) {
    OptionalLong others = denials.take(principal, denied.size());
    if (others.isPresent()) {
      Action first = denied.get(0);
      ResourcePattern resource = first.resourcePattern();
      LOG.info("{} is denied {} of {} {}, and {} others: it {}", principal, first.operation(),
          resource.resourceType(), printable(resource.name()), others.getAsLong(), why);
    }
  }

  /** What a client has chosen makes no line of its own in the log. */
  private static String printable(String name) {
    String start = name.length() > NAME_CHARS_MAX ? name.substring(0, NAME_CHARS_MAX) + "…" : name;
    return start.replaceAll("[^\\x20-\\x7e…]", "?");
  }
}
