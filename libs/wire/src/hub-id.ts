import { HubError } from './hub-error.js';

/** Which hub: by name alone one could mean a hub that bore the name before, or will after it. */
export interface HubId {
  readonly hub: string;
  /** Tells it from an earlier or later hub of its name. */
  readonly hubGeneration: string;
}

/** Unique over all hubs there ever were; neither part can hold a slash. */
export function formatHubId({ hub, hubGeneration }: HubId): string {
  return `${hub}/${hubGeneration}`;
}

/** Of a hub or an identity, as services name them to each other. @throws HubError ArgumentInvalid */
export function validateGeneration(field: string, text: string): void {
  if (!/^\d{1,18}$/.test(text)) {
    throw new HubError('ArgumentInvalid', `The ${field} is no decimal number.`);
  }
}
