/** Entity tags as clients see them: base64 of the decimal number that is stored (service-rest.md §1.4). */
export function formatEntityTag(etag: string): string {
  return Buffer.from(etag).toString('base64');
}
