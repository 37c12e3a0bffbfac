/** How much a hub may do: its tier and size (security-limits.md sections 9 and 10). */
export const skuNames = ['F1', 'B1', 'B2', 'B3', 'S1', 'S2', 'S3'] as const;

export type SkuName = (typeof skuNames)[number];

/** How many units a hub of each tier may have. */
export const unitsMax: Readonly<Record<SkuName, number>> = {
  F1: 1,
  B1: 200,
  B2: 200,
  B3: 10,
  S1: 200,
  S2: 200,
  S3: 10,
};

export interface HubLimits {
  readonly sku: SkuName;
  readonly units: number;
  /** No throttle and no quota holds, whatever the tier: who runs a hub himself pays nobody for it. */
  readonly unlimited: boolean;
}

export function isSkuName(text: string): text is SkuName {
  return skuNames.some((name) => name === text);
}

/** Whether it lacks what security-limits.md section 9 lists; without limits it has everything. */
export function isBasicTier({ sku, unlimited }: HubLimits): boolean {
  return sku.startsWith('B') && !unlimited;
}

interface GivenLimits {
  readonly sku: string;
  readonly units: number;
  readonly unlimited: boolean;
}

/**
 * As the registry names them to other services.
 *
 * @throws Error when they are missing or name a tier that is not known here
 */
export function readHubLimits(given: GivenLimits | undefined): HubLimits {
  if (given === undefined || !isSkuName(given.sku)) {
    throw new Error(`the registry names limits of the tier "${given?.sku ?? ''}"`);
  }
  const { sku, units, unlimited } = given;
  return { sku, units, unlimited };
}
