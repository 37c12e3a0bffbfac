import type { TwinChange } from './change-twin.js';
import type { TwinSubject } from './identity-copy.js';
import type { TwinChangeNotification } from './twin-change-event.js';
import type { BackEndPart, Twin, VersionedSection } from './twin.js';

/** A twin where it is stored. */
export interface StoredTwin {
  readonly id: string;
  readonly subject: TwinSubject;
  /** Of the identity whose twin it is. */
  readonly generationId: string;
  readonly modelId: string;
  readonly twin: Twin;
}

/** An event that is stored with the change of which it tells. */
export interface TwinEvent extends TwinChangeNotification {
  readonly occurredAt: Date;
}

/** A change of desired properties, to be told to the device. */
export interface DesiredNotification {
  readonly version: number;
  readonly json: string;
}

export interface TwinStore {
  find(subject: TwinSubject): Promise<StoredTwin | undefined>;

  /**
   * Stores the change with its event where the twin still has the version that it had.
   *
   * @returns false when somebody else was faster, or the twin is gone
   */
  storeChange(stored: StoredTwin, change: StoredChange): Promise<boolean>;

  /** The same of reported properties, which have a version of their own. */
  storeReported(stored: StoredTwin, change: ReportedChange): Promise<boolean>;
}

export interface ReportedChange {
  readonly after: VersionedSection;
  readonly event: TwinEvent;
}

export interface StoredChange extends TwinChange {
  readonly after: BackEndPart;
  readonly event: TwinEvent;
  readonly notification: DesiredNotification | undefined;
}
