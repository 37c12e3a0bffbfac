/**
 * What every request must pass before its controller sees it, in the order of security-limits.md
 * section 2: a body is read after all of it.
 */
import type { IncomingMessage } from 'node:http';
import { hasRight, type Right } from '@linchpin/auth';
import { HubError } from '@linchpin/wire';
import type { Caller, ServiceAuthorizer } from '../domain/service-authorizer.js';
import type { Administrator } from './administrator.js';
import { checkApiVersion } from './api-version.js';
import type { Exchange } from './answer.js';
import { findOperation, formatPath, type FoundOperation } from './find-operation.js';
import type { Operation } from './operations.js';
import { contextOf } from './request-context.js';

export class Admission {
  constructor(
    private readonly authorizer: ServiceAuthorizer,
    private readonly administrator: Administrator,
  ) {}

  /** @throws HubError when the request ends here */
  async admit(exchange: Exchange): Promise<FoundOperation> {
    const context = contextOf(exchange.request);
    checkHost(exchange.request);
    const found = mustFind(exchange);
    context.found = found;
    await this.#checkAccess(exchange.request, found);
    if (found.operation.access !== 'administrator') {
      checkApiVersion(context.target.query.get('api-version'));
    }
    checkServed(found.operation);
    return found;
  }

  async #checkAccess(request: IncomingMessage, found: FoundOperation): Promise<void> {
    const { access } = found.operation;
    const { authorization } = request.headers;
    if (access === 'administrator') {
      this.administrator.check(authorization);
    } else if (access !== 'device') {
      // No operation with the credential of a device is served yet: nobody can judge one here.
      const context = contextOf(request);
      const caller = await this.authorizer.authorize({
        sharedAccessSignature: requireSignature(authorization),
        path: formatPath(found, (parameter) => parameter),
        clientAddress: context.remoteAddress ?? '',
      });
      context.caller = caller;
      checkRight(caller, access, found.operation);
    }
  }
}

/** The token names the hub, not this header; but a request without it is none (RFC 9112, 3.2). */
function checkHost({ httpVersionMinor, headersDistinct }: IncomingMessage): void {
  if (httpVersionMinor > 0 && headersDistinct['host']?.length !== 1) {
    throw new HubError('GenericBadRequest', 'A request has the header Host once.');
  }
}

function mustFind({ request, response }: Exchange): FoundOperation {
  const { method, target } = contextOf(request);
  const override = request.headers['x-http-method-override'];
  // The Java SDK cannot send PATCH (section 17 of service-rest.md).
  const isPatch = method === 'POST' && override?.toString().toUpperCase() === 'PATCH';
  const found = findOperation(isPatch ? 'PATCH' : method, target.segments);
  if (found.operation !== undefined) {
    return found;
  }
  if (found.allowedMethods.length === 0) {
    throw new HubError('GenericNotFound', 'There is no such path.');
  }
  const allowed = found.allowedMethods.join(', ');
  response.setHeader('Allow', allowed);
  throw new HubError('GenericMethodNotAllowed', `The methods of this path are ${allowed}.`);
}

function requireSignature(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new HubError('IotHubUnauthorizedAccess', 'Authorization header missing');
  }
  if (!/^SharedAccessSignature /i.test(authorization)) {
    throw new HubError(
      'IotHubUnauthorizedAccess',
      'Only shared access signatures are accepted: "Authorization: SharedAccessSignature sr=...".',
    );
  }
  return authorization;
}

function checkRight(caller: Caller, anyOf: readonly Right[], { method, path }: Operation): void {
  if (!anyOf.some((right) => hasRight(caller.rights, right))) {
    throw new HubError(
      'IotHubUnauthorizedAccess',
      `Authorization rule '${caller.policy}' does not allow access for '${method} ${path}'`,
    );
  }
}

function checkServed({ name, isServed }: Operation): void {
  if (!isServed) {
    throw new HubError('FeatureNotSupported', `${name}: not served by this hub yet.`);
  }
}
