/** The entity tag that a change may require (service-rest.md section 1.4). */
import { HubError } from '@linchpin/wire';

/** Fits whatever is stored. */
export const anyTag = '*';

/**
 * @param subject what is changed, as an error names it
 * @param etag undefined where nothing is stored
 * @param ifMatch a tag, or `*`; an empty one fits nothing
 * @throws HubError PreconditionFailed
 */
export function requireMatch(subject: string, etag: string | undefined, ifMatch: string): void {
  const isMatch = etag !== undefined && (ifMatch === anyTag || ifMatch === etag);
  if (!isMatch) {
    throw new HubError(
      'PreconditionFailed',
      ifMatch === ''
        ? `The change needs the entity tag of the ${subject}, and states none.`
        : `The ${subject} has another entity tag by now: read it again.`,
    );
  }
}
