import 'reflect-metadata';
import { randomBytes, randomInt } from 'node:crypto';
import { generateSymmetricKey } from '@linchpin/auth';
import { registryChangesTopic } from '@linchpin/contracts';
import { Module, type DynamicModule } from '@nestjs/common';
import type { RegistryConfig } from './config.js';
import { AuditLog } from './domain/audit-log.js';
import { DeviceAuthenticator } from './domain/authenticate-device.js';
import { EdgeAuthorizer } from './domain/authorize-edge.js';
import { ServiceAuthorizer } from './domain/authorize-service.js';
import { BulkRegistry } from './domain/bulk-registry.js';
import { CaCertificates } from './domain/ca-certificates.js';
import { ConsumerGroups } from './domain/consumer-groups.js';
import { GenerationIds } from './domain/generation-ids.js';
import { HubAdministration } from './domain/hub-administration.js';
import { HubUpdates } from './domain/hub-updates.js';
import { IdentityQuota } from './domain/identity-quota.js';
import { IdentityRegistry } from './domain/identity-registry.js';
import { VerifiedAuthorities } from './domain/verified-authorities.js';
import type { RegistryEvents } from './events.js';
import {
  AuditLogController,
  auditLogControllerParts,
  type AuditLogControllerParts,
} from './grpc/audit-log.controller.js';
import {
  BulkRegistryController,
  bulkRegistryControllerParts,
  type BulkRegistryControllerParts,
} from './grpc/bulk-registry.controller.js';
import {
  CertificatesController,
  certificatesControllerParts,
  type CertificatesControllerParts,
} from './grpc/certificates.controller.js';
import {
  ConsumerGroupsController,
  consumerGroupsControllerParts,
  type ConsumerGroupsControllerParts,
} from './grpc/consumer-groups.controller.js';
import {
  EdgeAccessController,
  edgeAccessControllerParts,
  type EdgeAccessControllerParts,
} from './grpc/edge-access.controller.js';
import {
  HubAdministrationController,
  hubAdministrationControllerParts,
  type HubAdministrationControllerParts,
} from './grpc/hub-administration.controller.js';
import {
  IdentityPagesController,
  identityPagesControllerParts,
  type IdentityPagesControllerParts,
} from './grpc/identity-pages.controller.js';
import {
  RecipientsController,
  recipientsControllerParts,
  type RecipientsControllerParts,
} from './grpc/recipients.controller.js';
import {
  RegistryController,
  registryControllerParts,
  type RegistryControllerParts,
} from './grpc/registry.controller.js';
import {
  UploadSettingsController,
  uploadSettingsControllerParts,
  type UploadSettingsControllerParts,
} from './grpc/upload-settings.controller.js';
import { KafkaTelemetryTopics } from './kafka/kafka-telemetry-topics.js';
import type { Outside } from './outside.js';
import { PostgresAuditStore } from './postgres/postgres-audit-store.js';
import { PostgresBulkIdentityStore } from './postgres/postgres-bulk-identity-store.js';
import { PostgresCaCertificateStore } from './postgres/postgres-ca-certificate-store.js';
import { PostgresConsumerGroupStore } from './postgres/postgres-consumer-group-store.js';
import { PostgresCredentialStore } from './postgres/postgres-credential-store.js';
import { PostgresHubContentStore } from './postgres/postgres-hub-content-store.js';
import { PostgresHubStore } from './postgres/postgres-hub-store.js';
import { PostgresIdentityCounts } from './postgres/postgres-identity-counts.js';
import { PostgresIdentityPages } from './postgres/postgres-identity-pages.js';
import { PostgresIdentityStore } from './postgres/postgres-identity-store.js';
import { PostgresRecipients } from './postgres/postgres-recipients.js';
import { PostgresUploadSettings } from './postgres/postgres-upload-settings.js';

type RegistryParts = RegistryControllerParts &
  BulkRegistryControllerParts &
  EdgeAccessControllerParts &
  HubAdministrationControllerParts &
  IdentityPagesControllerParts &
  ConsumerGroupsControllerParts &
  AuditLogControllerParts &
  RecipientsControllerParts &
  UploadSettingsControllerParts &
  CertificatesControllerParts;

/** What Nest serves over gRPC. */
@Module({})
export class RegistryModule {
  static of(parts: RegistryParts): DynamicModule {
    return {
      module: RegistryModule,
      controllers: [
        RegistryController,
        BulkRegistryController,
        EdgeAccessController,
        HubAdministrationController,
        IdentityPagesController,
        ConsumerGroupsController,
        AuditLogController,
        CertificatesController,
        RecipientsController,
        UploadSettingsController,
      ],
      providers: [
        { provide: registryControllerParts, useValue: parts },
        { provide: bulkRegistryControllerParts, useValue: parts },
        { provide: edgeAccessControllerParts, useValue: parts },
        { provide: hubAdministrationControllerParts, useValue: parts },
        { provide: consumerGroupsControllerParts, useValue: parts },
        { provide: auditLogControllerParts, useValue: parts },
        { provide: certificatesControllerParts, useValue: parts },
        { provide: identityPagesControllerParts, useValue: parts },
        { provide: recipientsControllerParts, useValue: parts },
        { provide: uploadSettingsControllerParts, useValue: parts },
      ],
    };
  }
}

/** Azure's have as many digits. */
const verificationCodeBytes = 20;

const generateVerificationCode = (): string =>
  randomBytes(verificationCodeBytes).toString('hex').toUpperCase();

const clock = (): Date => new Date();

/** Where the domain meets the engines. */
export function composeRegistry(
  config: RegistryConfig,
  outside: Outside,
  events: RegistryEvents,
): RegistryParts {
  const { database, cipher, kafka } = outside;
  const { topicPrefix, replication, defaultDomain } = config;
  const topics = new KafkaTelemetryTopics({ kafka, prefix: topicPrefix, replication });
  const counts = new PostgresIdentityCounts(database.db);
  const credentials = new PostgresCredentialStore({ database, cipher });
  const stores = composeStores(config, outside);
  const generateKey = generateSymmetricKey;
  const hubs = { store: stores.hubs, topics, generateKey, defaultDomain };
  const administration = new HubAdministration(hubs);
  const authenticator = new DeviceAuthenticator({
    store: credentials,
    authorities: new VerifiedAuthorities(stores.certificates),
    clock,
  });
  return {
    topics,
    counts,
    events,
    credentials,
    auditLog: new AuditLog(new PostgresAuditStore(database.db)),
    recipients: new PostgresRecipients({ database, cipher }),
    uploadSettings: new PostgresUploadSettings({ database, cipher }),
    pages: new PostgresIdentityPages({ db: database.db, cipher }),
    authenticator,
    edgeAuthorizer: new EdgeAuthorizer(authenticator),
    authorizer: new ServiceAuthorizer({ store: credentials, clock }),
    ...composeIdentities(config, stores, counts),
    certificates: new CaCertificates({
      store: stores.certificates,
      generateCode: generateVerificationCode,
      clock,
    }),
    administration,
    updates: new HubUpdates({ store: stores.contents, administration, generateKey }),
    consumerGroups: new ConsumerGroups(new PostgresConsumerGroupStore(database.db)),
  };
}

interface Stores {
  readonly hubs: PostgresHubStore;
  readonly contents: PostgresHubContentStore;
  readonly identities: PostgresIdentityStore;
  readonly bulk: PostgresBulkIdentityStore;
  readonly certificates: PostgresCaCertificateStore;
}

function composeStores({ postgres, topicPrefix }: RegistryConfig, outside: Outside): Stores {
  const { database, turns, cipher } = outside;
  const changeLog = { schema: postgres.schema, topic: registryChangesTopic(topicPrefix).name };
  const parts = { db: database.db, cipher, changeLog };
  return {
    hubs: new PostgresHubStore({ ...parts, turns: turns.db }),
    contents: new PostgresHubContentStore(parts),
    identities: new PostgresIdentityStore(parts),
    bulk: new PostgresBulkIdentityStore(parts),
    certificates: new PostgresCaCertificateStore(parts),
  };
}

function composeIdentities(
  { identitiesPerHubMax }: RegistryConfig,
  stores: Stores,
  counts: PostgresIdentityCounts,
): { readonly registry: IdentityRegistry; readonly bulk: BulkRegistry } {
  const generations = new GenerationIds({ clock, randomBelow: randomInt });
  const quota = new IdentityQuota({
    identitiesMax: identitiesPerHubMax,
    countIdentities: (hub) => counts.count(hub),
    clock,
  });
  const sources = {
    generateKey: generateSymmetricKey,
    nextTicks: () => generations.next(),
    clock,
  };
  return {
    registry: new IdentityRegistry({ store: stores.identities, quota, sources }),
    bulk: new BulkRegistry({ store: stores.bulk, quota, sources }),
  };
}
