import type { HubId } from '@linchpin/wire';

/** What is known of whole hubs. */
export interface HubCopies {
  /** Nothing is made of it any more; what is there goes in the background. */
  markDeleted(hubGeneration: string): Promise<void>;
  /** Removes some of what is left of hubs that were deleted. @returns whether there may be more */
  removeSomeOfDeleted(): Promise<boolean>;
  /** Of these, those whose identities were not all copied yet. */
  findUncopied(hubs: readonly HubId[]): Promise<readonly HubId[]>;
  markCopied(hubGeneration: string): Promise<void>;
}
