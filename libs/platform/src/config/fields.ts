import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with an IPv6 address in brackets. */
export const hostPort = z.string('is required').transform((text, context) => {
  const parsed = parseHostPort(text);
  if (parsed === undefined) {
    context.addIssue(`"${text}" is not host:port, such as 127.0.0.1:8883 or [::1]:8883`);
    return z.NEVER;
  }
  return parsed;
});

export const redisUrl = z
  .string('is required')
  .regex(/^rediss?:\/\//, 'must be a URL such as redis://user:password@host:6379');

export const postgresUrl = z
  .string('is required')
  .regex(/^postgres(?:ql)?:\/\//, 'must be a URL such as postgresql://user:password@host/name');

/** One or more `host:port`, separated by commas. */
export const hostPorts = z.string('is required').transform((text, context) => {
  const parsed = splitList(text).map((part) => ({ part, value: parseHostPort(part) }));
  for (const { part, value } of parsed) {
    if (value === undefined) {
      context.addIssue(`"${part}" is not host:port, such as 127.0.0.1:8883 or [::1]:8883`);
    }
  }
  if (parsed.length === 0) {
    context.addIssue('names no host:port');
  }
  return parsed.flatMap(({ value }) => (value === undefined ? [] : [value]));
});

/** Text parts separated by commas; blanks around them are dropped. */
export const commaList = z.string('is required').transform(splitList);

/** A whole number within bounds, both included. */
export function integer(
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): z.ZodType<number, string> {
  const expected = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string('is required')
    .regex(/^-?\d+$/, expected)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, expected);
}

/** `true` or `false`. */
export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true');

/** What a variable that may be absent means then. */
export function orDefault<Value>(
  field: z.ZodType<Value, string>,
  fallback: NoInfer<Value>,
): z.ZodType<Value, string | undefined> {
  return field.optional().transform((value) => value ?? fallback);
}

/** The paths of PEM files, read at once: a missing file is a fault of the configuration. */
export const pemFiles = z.string('is required').transform((text, context) =>
  splitList(text).map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      context.addIssue(`cannot read ${path}: ${(error as Error).message}`);
      return '';
    }
  }),
);

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
