/** Metadata as it stands in the frames of a call stream: of each key its first value, since ours have one. */
import { Metadata } from '@grpc/grpc-js';
import type { MetadataEntry } from '@linchpin/contracts';

export function toMetadataEntries(metadata: Metadata): MetadataEntry[] {
  return Object.entries(metadata.getMap()).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? Buffer.from(value) : value,
  }));
}

/** @throws Error for a key or a value that HTTP/2 could not carry either */
export function fromMetadataEntries(entries: readonly MetadataEntry[]): Metadata {
  const metadata = new Metadata();
  for (const { key, value } of entries) {
    metadata.set(key, key.endsWith('-bin') ? value : value.toString());
  }
  return metadata;
}
