/** Values that the schemas of what is only kept have in common. */
import { strict as assert } from 'node:assert';
import { z } from 'zod';
import { parseIsoDuration } from './iso-duration.js';

export function boundedText(lengthMax: number): z.ZodString {
  return z.string().max(lengthMax);
}

const minute = 60;
const day = 86_400;

/** As text, the way it was given. @param range in seconds */
function duration(range: { readonly min: number; readonly max: number }, words: string) {
  return z.string().refine((text) => {
    const seconds = parseIsoDuration(text);
    return seconds !== undefined && seconds >= range.min && seconds <= range.max;
  }, `is a duration of ISO 8601 from ${words}`);
}

/** security-limits.md section 11.1. */
export const timeToLive = duration({ min: minute, max: 2 * day }, 'PT1M to P2D');
export const lockDuration = duration({ min: 5, max: 5 * minute }, 'PT5S to PT5M');
export const uploadTimeToLive = duration({ min: minute, max: day }, 'PT1M to P1D');
export const deliveryCount = z.int().min(1).max(100);

/** @param duration that one of these has let through */
export function secondsOf(duration: string): number {
  const seconds = parseIsoDuration(duration);
  assert(seconds !== undefined, 'what is kept was checked');
  return seconds;
}
