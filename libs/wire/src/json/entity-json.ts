/** The JSON of one resource, with its entity tag. */
export interface EntityJson {
  readonly etag: string;
  readonly [member: string]: unknown;
}
