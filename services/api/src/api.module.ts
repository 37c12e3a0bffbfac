import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcCaCertificates } from './clients/grpc-ca-certificates.js';
import { GrpcAuditLog } from './clients/grpc-audit-log.js';
import { GrpcBulkRegistry } from './clients/grpc-bulk-registry.js';
import { GrpcCloudToDeviceMessages } from './clients/grpc-cloud-to-device-messages.js';
import { GrpcConsumerGroups } from './clients/grpc-consumer-groups.js';
import { GrpcDirectMethods } from './clients/grpc-direct-methods.js';
import { GrpcFeedback } from './clients/grpc-feedback.js';
import { GrpcFileNotifications } from './clients/grpc-file-notifications.js';
import { GrpcHubAdministration } from './clients/grpc-hub-administration.js';
import { GrpcIdentityJobs } from './clients/grpc-identity-jobs.js';
import { GrpcIdentityRegistry } from './clients/grpc-identity-registry.js';
import { GrpcTwinQueries } from './clients/grpc-twin-queries.js';
import { GrpcTwins } from './clients/grpc-twins.js';
import { GrpcServiceAuthorizer } from './clients/grpc-service-authorizer.js';
import { GrpcHubResolver } from './clients/grpc-hub-resolver.js';
import { fetchIssuerJson } from './clients/issuer-json.js';
import { IssuerKeys } from './clients/issuer-keys.js';
import { OidcTokenVerifier } from './clients/oidc-token-verifier.js';
import type { ApiConfig, OidcConfig } from './config.js';
import { FairAuthorizer } from './domain/fair-authorizer.js';
import { SharedAuthorizer } from './domain/shared-authorizer.js';
import type { CaCertificates } from './domain/ca-certificate.js';
import type { AuditLog } from './domain/audit-log.js';
import type { BulkRegistry } from './domain/bulk-registry.js';
import type { CloudToDeviceMessages } from './domain/cloud-to-device-messages.js';
import type { ConsumerGroups } from './domain/consumer-groups.js';
import { CountedIdentities } from './domain/counted-identities.js';
import { CountedTwins } from './domain/counted-twins.js';
import type { Feedback } from './domain/feedback.js';
import type { FileNotifications } from './domain/file-notifications.js';
import { MessageCounts } from './domain/message-counts.js';
import { RequestRooms } from './domain/request-rooms.js';
import { HubThrottles } from './domain/hub-throttles.js';
import type { HubAdministration } from './domain/hub.js';
import type { IdentityJobs } from './domain/identity-jobs.js';
import type { IdentityRegistry } from './domain/identity-registry.js';
import type { MessageMeter } from './domain/quota-metrics.js';
import type { TwinQueries } from './domain/twin-queries.js';
import type { Twins } from './domain/twins.js';
import type { ApiEvents } from './events.js';
import { Admission } from './http/admission.js';
import { CertificatesController } from './http/certificates.controller.js';
import { AuditLogController } from './http/audit-log.controller.js';
import { BearerTokens } from './http/bearer-tokens.js';
import { BuiltInEndpointController } from './http/built-in-endpoint.controller.js';
import { BulkController } from './http/bulk.controller.js';
import { ConsumerGroupsController } from './http/consumer-groups.controller.js';
import { DevicesController } from './http/devices.controller.js';
import { FeedbackController } from './http/feedback.controller.js';
import { FileNotificationsController } from './http/file-notifications.controller.js';
import { HubFactsController } from './http/hub-facts.controller.js';
import { HubJobsController } from './http/hub-jobs.controller.js';
import type { HubJsonOptions } from './http/hub-json.js';
import { HubKeysController } from './http/hub-keys.controller.js';
import { HubListsController } from './http/hub-lists.controller.js';
import { HubQuotasController } from './http/hub-quotas.controller.js';
import { HubsController } from './http/hubs.controller.js';
import { JobsController } from './http/jobs.controller.js';
import { MessagesController } from './http/messages.controller.js';
import { MethodCalls } from './http/method-calls.js';
import { MethodsController } from './http/methods.controller.js';
import { ModulesController } from './http/modules.controller.js';
import { ProviderController } from './http/provider.controller.js';
import { QueriesController } from './http/queries.controller.js';
import { StatisticsController } from './http/statistics.controller.js';
import { CommandsController } from './http/commands.controller.js';
import { DigitalTwinsController } from './http/digital-twins.controller.js';
import { TwinsController } from './http/twins.controller.js';
import type { Outside } from './outside.js';

interface ApiParts {
  readonly identityRegistry: IdentityRegistry;
  readonly bulkRegistry: BulkRegistry;
  readonly identityJobs: IdentityJobs;
  readonly twins: Twins;
  readonly countedTwins: Twins;
  readonly twinQueries: TwinQueries;
  readonly methodCalls: MethodCalls;
  readonly cloudToDeviceMessages: CloudToDeviceMessages;
  readonly feedback: Feedback;
  readonly fileNotifications: FileNotifications;
  readonly hubAdministration: HubAdministration;
  readonly caCertificates: CaCertificates;
  readonly auditLog: AuditLog;
  readonly consumerGroups: ConsumerGroups;
  readonly hubJsonOptions: HubJsonOptions;
  readonly throttles: HubThrottles;
  readonly meter: MessageMeter;
}

/** The controllers; what they call is provided under the names by which they ask for it. */
@Module({
  controllers: [
    DevicesController,
    BulkController,
    ModulesController,
    StatisticsController,
    JobsController,
    TwinsController,
    QueriesController,
    DigitalTwinsController,
    CommandsController,
    MethodsController,
    MessagesController,
    FeedbackController,
    FileNotificationsController,
    BuiltInEndpointController,
    HubsController,
    HubKeysController,
    HubFactsController,
    HubQuotasController,
    HubListsController,
    HubJobsController,
    CertificatesController,
    AuditLogController,
    ConsumerGroupsController,
    ProviderController,
  ],
})
export class ApiModule {
  static of(parts: ApiParts): DynamicModule {
    return {
      module: ApiModule,
      providers: [
        { provide: 'IdentityRegistry', useValue: parts.identityRegistry },
        { provide: 'BulkRegistry', useValue: parts.bulkRegistry },
        { provide: 'IdentityJobs', useValue: parts.identityJobs },
        { provide: 'Twins', useValue: parts.twins },
        { provide: 'CountedTwins', useValue: parts.countedTwins },
        { provide: 'TwinQueries', useValue: parts.twinQueries },
        { provide: MethodCalls, useValue: parts.methodCalls },
        { provide: 'CloudToDeviceMessages', useValue: parts.cloudToDeviceMessages },
        { provide: 'Feedback', useValue: parts.feedback },
        { provide: 'FileNotifications', useValue: parts.fileNotifications },
        { provide: 'HubAdministration', useValue: parts.hubAdministration },
        { provide: 'CaCertificates', useValue: parts.caCertificates },
        { provide: 'AuditLog', useValue: parts.auditLog },
        { provide: 'ConsumerGroups', useValue: parts.consumerGroups },
        { provide: 'HubJsonOptions', useValue: parts.hubJsonOptions },
        { provide: HubThrottles, useValue: parts.throttles },
        { provide: 'MessageMeter', useValue: parts.meter },
      ],
    };
  }
}

interface ComposedApi extends ApiParts {
  readonly admission: Admission;
  readonly rooms: RequestRooms;
}

/** Where the requests meet the registry service. */
export function composeApi(
  config: ApiConfig,
  { registry: connection, fileUpload, twin, cloudToDevice, events, budgets }: Outside,
): ComposedApi {
  const authorizer = new SharedAuthorizer(
    new FairAuthorizer(new GrpcServiceAuthorizer(connection.registry, connection.edge)),
  );
  const throttles = new HubThrottles(budgets);
  const cloudToDeviceMessages = new GrpcCloudToDeviceMessages(cloudToDevice.messages);
  const counts = composeCounts(cloudToDeviceMessages, events);
  const twins = new GrpcTwins(twin.twins);
  return {
    throttles,
    meter: budgets,
    identityRegistry: new CountedIdentities(new GrpcIdentityRegistry(connection.registry), counts),
    bulkRegistry: new GrpcBulkRegistry(connection.bulk),
    identityJobs: new GrpcIdentityJobs(fileUpload.jobs),
    twins,
    countedTwins: new CountedTwins(twins, counts),
    twinQueries: new GrpcTwinQueries(twin.queries),
    cloudToDeviceMessages,
    feedback: new GrpcFeedback(cloudToDevice.feedback),
    fileNotifications: new GrpcFileNotifications(fileUpload.notifications),
    methodCalls: new MethodCalls(new GrpcDirectMethods(cloudToDevice.methods), throttles),
    hubAdministration: new GrpcHubAdministration(connection.hubs),
    caCertificates: new GrpcCaCertificates(connection.certificates),
    auditLog: new GrpcAuditLog(connection.auditLog),
    consumerGroups: new GrpcConsumerGroups(connection.consumerGroups),
    hubJsonOptions: { eventsEndpoint: config.eventsEndpoint },
    rooms: new RequestRooms(config.requestsBytesMax),
    admission: new Admission({
      authorizer,
      bearerTokens: new BearerTokens({
        adminToken: config.adminToken,
        verifier: config.oidc && composeVerifier(config.oidc, events),
      }),
      hubResolver: new GrpcHubResolver(connection.registry),
      throttles,
    }),
  };
}

function composeCounts(messages: CloudToDeviceMessages, events: ApiEvents): MessageCounts {
  return new MessageCounts({
    messages,
    onFailure: (error) => {
      events.messagesUncounted(error);
    },
    onSuccess: () => {
      events.messagesCounted();
    },
  });
}

const issuerTimeoutMs = 5_000;

function composeVerifier(settings: OidcConfig, events: ApiEvents): OidcTokenVerifier {
  const { issuer, authorities } = settings;
  return new OidcTokenVerifier({
    settings,
    keys: new IssuerKeys({
      issuer,
      fetchJson: (url) => fetchIssuerJson(url, { authorities, timeoutMs: issuerTimeoutMs }),
      clock: () => performance.now(),
      onFailure: (error) => {
        events.issuerUnavailable(error);
      },
    }),
    clock: () => new Date(),
  });
}
