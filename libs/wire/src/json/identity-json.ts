/**
 * What the JSON of devices and modules has in common (service-rest.md sections 1.5 and 2.2). Members
 * are written in the order in which Azure writes them: .NET's setters depend on `type` being last.
 */
import { z } from 'zod';
import type { Authentication } from '../identity.js';
import { formatIsoTime, neverTime } from '../dotnet-time.js';
import { HubError } from '../hub-error.js';
import { anyCase, text } from './members.js';

/** Some clients write an empty one for a device. */
export const moduleIdText = text.transform((value) => (value === '' ? undefined : value));

export const authenticationSchema = z
  .object({
    type: anyCase(['sas', 'selfSigned', 'certificateAuthority', 'none']),
    symmetricKey: z.object({ primaryKey: text, secondaryKey: text }).nullish(),
    x509Thumbprint: z.object({ primaryThumbprint: text, secondaryThumbprint: text }).nullish(),
  })
  .nullish()
  .transform((value): Authentication | undefined =>
    value
      ? {
          type: value.type,
          primaryKey: value.symmetricKey?.primaryKey,
          secondaryKey: value.symmetricKey?.secondaryKey,
          primaryThumbprint: value.x509Thumbprint?.primaryThumbprint,
          secondaryThumbprint: value.x509Thumbprint?.secondaryThumbprint,
        }
      : undefined,
  );

export function formatAuthentication(authentication: Authentication): object {
  return {
    symmetricKey: {
      primaryKey: authentication.primaryKey ?? null,
      secondaryKey: authentication.secondaryKey ?? null,
    },
    x509Thumbprint: {
      primaryThumbprint: authentication.primaryThumbprint ?? null,
      secondaryThumbprint: authentication.secondaryThumbprint ?? null,
    },
    type: authentication.type,
  };
}

/** Clients cannot take null for a time that never came. */
export function formatTime(time: Date | undefined): string {
  return time === undefined ? neverTime : formatIsoTime(time);
}

/** @throws HubError `ArgumentInvalid` when the body names another id than the path */
export function checkSameId(
  member: 'deviceId' | 'moduleId',
  inPath: string,
  inBody: string | undefined,
): void {
  if (inBody !== undefined && inBody !== inPath) {
    throw new HubError('ArgumentInvalid', `The ${member} of the body is not that of the path.`);
  }
}
