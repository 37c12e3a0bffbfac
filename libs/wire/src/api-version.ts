/** Versions of Azure's interfaces: the day of each, and whether it is a preview (service-rest.md section 1.1). */

/** The first of IoT Hub. */
export const oldestApiVersion = '2015-08-15-preview';

/** Of which `undefined` is none. Later ones are greater, compared as text. */
export function isApiVersion(version: string | undefined): version is string {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(?:-preview)?$/.exec(version ?? '') ?? [];
  const time = Date.parse(`${date}T00:00:00Z`);
  // `Date.parse` takes the 30th of February for the 2nd of March.
  return date !== undefined && !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
