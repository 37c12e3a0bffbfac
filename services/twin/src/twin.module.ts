import 'reflect-metadata';
import { TurnsByName } from '@linchpin/fairness';
import { TokenSeal } from '@linchpin/platform/sealing';
import { PresenceKeys, PresenceReader } from '@linchpin/presence';
import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcRegistryIdentities } from './clients/grpc-registry-identities.js';
import { GrpcRegistryPages } from './clients/grpc-registry-pages.js';
import { PresenceDownlinks } from './clients/presence-downlinks.js';
import type { TwinConfig } from './config.js';
import type { ConnectionReports } from './domain/connection-reports.js';
import type { RegistryPages } from './domain/copy-hubs.js';
import { DesiredNotifier } from './domain/desired-notifier.js';
import type { HubCopies } from './domain/hub-copies.js';
import type { IdentityCopy, RegistryIdentities } from './domain/identity-copy.js';
import { TwinQueries } from './domain/twin-queries.js';
import { TwinRows } from './domain/twin-rows.js';
import { Twins } from './domain/twins.js';
import {
  DeviceTwinsController,
  deviceTwinsControllerParts,
  type DeviceTwinsControllerParts,
} from './grpc/device-twins.controller.js';
import {
  TwinQueriesController,
  twinQueriesControllerParts,
  type TwinQueriesControllerParts,
} from './grpc/twin-queries.controller.js';
import {
  TwinsController,
  twinsControllerParts,
  type TwinsControllerParts,
} from './grpc/twins.controller.js';
import type { TwinEvents } from './events.js';
import type { Outside } from './outside.js';
import { PostgresConnectionReports } from './postgres/postgres-connection-reports.js';
import { PostgresDesiredChanges } from './postgres/postgres-desired-changes.js';
import { PostgresHubCopies } from './postgres/postgres-hub-copies.js';
import { PostgresIdentityCopy } from './postgres/postgres-identity-copy.js';
import { PostgresTwinQueries } from './postgres/postgres-twin-queries.js';
import { PostgresTwinStore } from './postgres/postgres-twin-store.js';

interface TwinParts
  extends TwinsControllerParts, DeviceTwinsControllerParts, TwinQueriesControllerParts {
  readonly registry: RegistryPages;
  readonly identities: RegistryIdentities;
  readonly copy: IdentityCopy;
  readonly hubs: HubCopies;
  readonly reports: ConnectionReports;
  readonly notifier: DesiredNotifier;
}

/** What Nest serves over gRPC. */
@Module({})
export class TwinModule {
  static of(parts: TwinParts): DynamicModule {
    return {
      module: TwinModule,
      controllers: [TwinsController, DeviceTwinsController, TwinQueriesController],
      providers: [
        { provide: twinsControllerParts, useValue: parts },
        { provide: deviceTwinsControllerParts, useValue: parts },
        { provide: twinQueriesControllerParts, useValue: parts },
      ],
    };
  }
}

/** Of the connections for queries, what one hub may use at once; and how long a query waits for one. */
const queryConnectionsShare = 0.4;
const queryWaitMsMax = 5_000;

/**
 * Where the domain meets the engines.
 *
 * @param onEvent hears that an event was committed, which the relay is to move to Kafka
 */
export function composeTwin(
  { topicPrefix, masterKeys, queryConnectionsMax }: TwinConfig,
  { database: { db }, queryDatabase, connection, redis, gateways }: Outside,
  { events, onEvent }: { readonly events: TwinEvents; readonly onEvent: () => void },
): TwinParts {
  const copy = new PostgresIdentityCopy(db);
  const store = new PostgresTwinStore({ db, topicPrefix, onEvent });
  const registry = new GrpcRegistryIdentities(connection);
  const rows = new TwinRows({ registry, copy, store });
  const presence = new PresenceReader(redis, new PresenceKeys(`${topicPrefix}:`));
  const notifier = new DesiredNotifier({
    changes: new PostgresDesiredChanges(db),
    downlinks: new PresenceDownlinks({ presence, gateways }),
    events,
  });
  const clock = (): Date => new Date();
  return {
    twins: new Twins({ rows, store, clock, notifier }),
    notifier,
    registry: new GrpcRegistryPages(connection),
    identities: registry,
    copy,
    hubs: new PostgresHubCopies(db),
    reports: new PostgresConnectionReports(db),
    queries: new TwinQueries({
      store: new PostgresTwinQueries(queryDatabase.db),
      seal: new TokenSeal(masterKeys, 'linchpin query continuation'),
    }),
    queryTurns: new TurnsByName({
      atOnceMax: Math.max(1, Math.floor(queryConnectionsShare * queryConnectionsMax)),
      waitMsMax: queryWaitMsMax,
    }),
  };
}
