/** What happens in the registry, each thing in one place with its log line and its metrics. */
import type { Logger } from '@linchpin/platform/logging';
import { Counter, type Registry } from '@linchpin/platform/metrics';
import { HubError } from '@linchpin/wire';
import type { IdentityId } from './domain/device-identity.js';

type JudgedCredential = 'device-token' | 'device-certificate' | 'service-token' | 'edge-token';

interface IdentityChange extends IdentityId {
  readonly hub: string;
  readonly operation: 'create' | 'update' | 'delete';
}

/** What became of one row of a bulk request. */
type RowOutcome = 'created' | 'updated' | 'deleted' | 'failed';

interface CertificateChange {
  readonly hub: string;
  readonly name: string;
  readonly operation: 'put' | 'generateVerificationCode' | 'verify' | 'delete';
}

interface ConnectionStateBatch {
  readonly records: number;
  readonly reports: number;
  /** Reports that changed what was stored. */
  readonly news: number;
}

export class RegistryEvents {
  readonly #authentications: Counter<'credential' | 'result'>;
  readonly #identityChanges: Counter<'operation'>;
  readonly #connectionStates: Counter<'result'>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    const registers = [metrics];
    this.#authentications = new Counter({
      name: 'linchpin_registry_authentications_total',
      help: 'Credentials judged, by error code; ok when they counted.',
      labelNames: ['credential', 'result'],
      registers,
    });
    this.#identityChanges = new Counter({
      name: 'linchpin_registry_identity_changes_total',
      help: 'Identities created, updated and deleted.',
      labelNames: ['operation'],
      registers,
    });
    this.#connectionStates = new Counter({
      name: 'linchpin_registry_connection_states_total',
      help: 'Reports of connection states: stored, no news any more, or unreadable.',
      labelNames: ['result'],
      registers,
    });
  }

  /** Waits for the judgement, and counts it; the rpc's own line tells of it. @throws what it throws */
  async judging<Judgement>(
    credential: JudgedCredential,
    judgement: Promise<Judgement>,
  ): Promise<Judgement> {
    try {
      const judged = await judgement;
      this.#authentications.inc({ credential, result: 'ok' });
      return judged;
    } catch (error) {
      this.#authentications.inc({ credential, result: codeOf(error) });
      throw error;
    }
  }

  identityChanged(change: IdentityChange): void {
    this.#identityChanges.inc({ operation: change.operation });
    this.logger.info(change, 'identity changed');
  }

  /** One line for a whole bulk request. */
  identitiesChanged(hub: string, outcomes: readonly RowOutcome[]): void {
    const count = (outcome: RowOutcome) => outcomes.filter((each) => each === outcome).length;
    const [created, updated, deleted] = [count('created'), count('updated'), count('deleted')];
    this.#identityChanges.inc({ operation: 'create' }, created);
    this.#identityChanges.inc({ operation: 'update' }, updated);
    this.#identityChanges.inc({ operation: 'delete' }, deleted);
    const failed = count('failed');
    this.logger.info({ hub, created, updated, deleted, failed }, 'identities changed');
  }

  hubCreated(hub: string): void {
    this.logger.info({ hub }, 'hub created');
  }

  hubChanged(hub: string): void {
    this.logger.info({ hub }, 'hub changed');
  }

  hubDeleted(hub: string): void {
    this.logger.info({ hub }, 'hub deleted');
  }

  certificateChanged(change: CertificateChange): void {
    this.logger.info(change, 'certificate changed');
  }

  /** A hub that some process left half made or half deleted. */
  hubFinished(hub: string): void {
    this.logger.info({ hub }, 'unfinished hub finished');
  }

  hubUnfinished(hub: string, error: unknown): void {
    this.logger.warn({ hub, err: error }, 'unfinished hub cannot be finished yet');
  }

  unfinishedHubsUnknown(error: unknown): void {
    this.logger.warn({ err: error }, 'could not look for unfinished hubs');
  }

  connectionStatesApplied({ records, reports, news }: ConnectionStateBatch): void {
    this.#connectionStates.inc({ result: 'stored' }, news);
    this.#connectionStates.inc({ result: 'no-news' }, reports - news);
    this.logger.debug({ records, reports, news }, 'connection states stored');
  }

  connectionStateUnreadable(offset: string, error: unknown): void {
    this.#connectionStates.inc({ result: 'unreadable' });
    this.logger.error({ offset, err: error }, 'a connection state record cannot be read');
  }

  /** Comes again until it heals, so it is short. */
  connectionStatesUnread(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ reason }, 'cannot read connection states yet; trying again');
  }

  auditEntriesRemoved(entries: number): void {
    this.logger.info({ entries }, 'audit entries removed, older than they are kept');
  }

  auditEntriesUnremoved(error: unknown): void {
    this.logger.warn({ err: error }, 'could not remove old audit entries yet');
  }

  devicesUncounted(error: unknown): void {
    this.logger.warn({ err: error }, 'could not count devices for the metrics');
  }
}

function codeOf(failure: unknown): string {
  return failure instanceof HubError ? failure.code : 'ServerError';
}
