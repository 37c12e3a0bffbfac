import type { Hub, Identity, SharedAccessPolicy } from '@linchpin/contracts';

/** What the stand-in for the registry keeps of a hub. */
export interface StoredHub {
  hub: Hub;
  readonly policies: SharedAccessPolicy[];
  readonly identities: Map<string, Identity>;
  readonly consumerGroups: string[];
}
