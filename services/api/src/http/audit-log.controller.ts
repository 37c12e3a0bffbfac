import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { formatIsoTime, HubError } from '@linchpin/wire';
import type { AuditEntry, AuditLog, AuditQuery } from '../domain/audit-log.js';
import type { HubPlace } from '../domain/find-hub.js';
import { answerJson } from './answer.js';
import { nextLink } from './next-link.js';
import { paths } from './operation-paths.js';
import { contextOf } from './request-context.js';

const standardPageSize = 100;
const pageSizeMax = 1_000;

/**
 * The audit log of one hub, which outlives it, and of a whole subscription. Ours: Azure keeps such a log
 * elsewhere; paging is that of its lists.
 */
@Controller()
export class AuditLogController {
  constructor(@Inject('AuditLog') private readonly auditLog: AuditLog) {}

  @Get(`${paths.provider}/auditLog`)
  async listBySubscription(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('subscriptionId') subscriptionId: string,
  ): Promise<void> {
    const page = await this.#page(request, { subscriptionId, hub: undefined });
    answerJson({ request, response }, 200, page);
  }

  @Get(`${paths.hub}/auditLog`)
  async listByHub(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { subscriptionId, ...hub }: HubPlace,
  ): Promise<void> {
    const page = await this.#page(request, { subscriptionId, hub });
    answerJson({ request, response }, 200, page);
  }

  async #page(
    request: IncomingMessage,
    whose: Pick<AuditQuery, 'subscriptionId' | 'hub'>,
  ): Promise<object> {
    const { query } = contextOf(request).target;
    refuseUnknown([...query.keys()]);
    const { entries, next } = await this.auditLog.list({
      ...whose,
      ...parseTimes(query),
      before: query.get('$skiptoken'),
      limit: parseTop(query.get('$top')),
    });
    return {
      value: entries.map(formatEntry),
      ...(next !== undefined && { nextLink: nextLink(request, next) }),
    };
  }
}

const parameters = ['api-version', 'from', 'to', '$top', '$skiptoken'];

/** A misspelled filter would show what nobody asked for. */
function refuseUnknown(names: readonly string[]): void {
  const unknown = names.find((name) => !parameters.includes(name));
  if (unknown !== undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `The audit log has no parameter ${unknown.slice(0, 50)}; it has from, to and $top.`,
    );
  }
}

function parseTop(text: string | undefined): number {
  const top = Number(text ?? standardPageSize);
  if (!Number.isInteger(top) || top < 1 || top > pageSizeMax) {
    throw new HubError('ArgumentInvalid', `$top is a whole number from 1 to ${pageSizeMax}.`);
  }
  return top;
}

function parseTimes(query: ReadonlyMap<string, string>): Pick<AuditQuery, 'from' | 'to'> {
  const from = parseTime('from', query.get('from'));
  const to = parseTime('to', query.get('to'));
  if (from !== undefined && to !== undefined && from >= to) {
    throw new HubError('ArgumentInvalid', 'to is later than from: nothing lies between these.');
  }
  return { from, to };
}

/** A day is one of UTC; a time of day without an offset would be read by this machine's clock. */
function parseTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) {
    return undefined;
  }
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) || Number.isNaN(time.getTime())) {
    throw new HubError('ArgumentInvalid', `${name} is a time such as 2026-02-01T10:00:00Z.`);
  }
  return time;
}

function formatEntry(entry: AuditEntry): object {
  return {
    id: entry.id,
    time: formatIsoTime(entry.time),
    hub: entry.hub,
    resourceGroup: entry.resourceGroup,
    operation: entry.operation,
    subject: entry.subject,
    details: entry.details,
    actor: {
      kind: entry.actorKind,
      name: entry.actorName,
      clientAddress: entry.clientAddress ?? null,
    },
    requestId: entry.requestId ?? null,
    jobId: entry.jobId ?? null,
    traceId: entry.traceId ?? null,
  };
}
