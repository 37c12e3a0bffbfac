/**
 * What every request must pass before its controller sees it, in the order of security-limits.md
 * section 2: a body is read after all of it.
 */
import type { IncomingMessage } from 'node:http';
import { audienceHost, hasRight, parseSasToken, type Right, type SasToken } from '@linchpin/auth';
import { readHost, type Exchange } from '@linchpin/platform/http-server';
import { HubError } from '@linchpin/wire';
import type {
  Administrator,
  Caller,
  EdgeDevice,
  HubOfCaller,
  PolicyHolder,
} from '../domain/caller.js';
import type { HubResolver } from '../domain/hub-resolver.js';
import type { HubThrottles } from '../domain/hub-throttles.js';
import { hasRole, hasRoleSomewhere, type Principal } from '../domain/role.js';
import type { ServiceAuthorizer } from '../domain/service-authorizer.js';
import { checkResourceApiVersion, checkServiceApiVersion } from './api-version.js';
import { bearerToken, type BearerTokens } from './bearer-tokens.js';
import { findOperation, formatPath, type FoundOperation } from './find-operation.js';
import { isAdministration, rolesOf } from './operation-roles.js';
import { throttleClassOf } from './operation-throttle.js';
import { isInTier } from './operation-tier.js';
import type { Operation } from './operations.js';
import { contextOf } from './request-context.js';

interface AdmissionParts {
  readonly authorizer: ServiceAuthorizer;
  readonly bearerTokens: BearerTokens;
  readonly hubResolver: HubResolver;
  readonly throttles: HubThrottles;
}

export class Admission {
  constructor(private readonly parts: AdmissionParts) {}

  /** @throws HubError when the request ends here */
  async admit(exchange: Exchange): Promise<FoundOperation> {
    const context = contextOf(exchange.request);
    // For a policy's token the token names the hub and not this header; but it goes into links of answers.
    readHost(exchange.request);
    const found = mustFind(exchange);
    context.found = found;
    const { access } = found.operation;
    const version = context.target.query.get('api-version');
    if (isAdministration(access)) {
      await this.#admitAdministrator(exchange.request, found);
      checkResourceApiVersion(version);
    } else {
      // No operation with the credential of a device is served yet: nobody can judge one here.
      if (access !== 'device') {
        await this.#admitCaller(exchange.request, found, access);
      }
      checkServiceApiVersion(version);
    }
    checkTier(context.caller, found.operation);
    checkServed(found.operation);
    await this.#charge(context.caller, found.operation);
    return found;
  }

  /** Once; what counts by its rows or bytes is charged for the others, or for all, when its body is read. */
  async #charge(caller: Caller | undefined, operation: Operation): Promise<void> {
    const throttle = throttleClassOf(operation);
    if (caller !== undefined && throttle !== undefined && throttle !== 'methodBytes') {
      await this.parts.throttles.charge(caller, throttle);
    }
  }

  async #admitAdministrator(request: IncomingMessage, found: FoundOperation): Promise<void> {
    const { authorization } = request.headers;
    const administrator = await this.parts.bearerTokens.administrator(authorization);
    contextOf(request).administrator = administrator;
    checkRoles(administrator, found);
  }

  async #admitCaller(
    request: IncomingMessage,
    found: FoundOperation,
    anyOf: readonly Right[],
  ): Promise<void> {
    const token = bearerToken(request.headers.authorization);
    const caller =
      token === undefined
        ? await this.#signer(request, found)
        : await this.#bearer(request, token, found.operation);
    contextOf(request).caller = caller;
    if (caller.kind === 'policy' && !anyOf.some((right) => hasRight(caller.rights, right))) {
      throw refusal(`Authorization rule '${caller.policy}' does not allow access`, found.operation);
    }
  }

  /** The holder of a policy, or the Edge device whose modules the path names. */
  async #signer(
    request: IncomingMessage,
    found: FoundOperation,
  ): Promise<PolicyHolder | EdgeDevice> {
    const { authorizer } = this.parts;
    const sharedAccessSignature = requireSignature(request.headers.authorization);
    const context = contextOf(request);
    const { client } = context;
    const token = readToken(sharedAccessSignature);
    if (token !== undefined) {
      context.claimedHost = audienceHost(token.audience);
    }
    // What cannot be read names no policy either; the registry says what is wrong with it.
    if (found.operation.isForEdgeDevice === true && token && token.policy === undefined) {
      const deviceId = found.parameters.get('deviceId') ?? '';
      return authorizer.authorizeEdge({ sharedAccessSignature, deviceId, client });
    }
    const path = formatPath(found, (parameter) => parameter);
    return authorizer.authorize({ sharedAccessSignature, path, client });
  }

  /**
   * A bearer's token is for no hub: the header Host says which one is meant. Whether another's hub exists
   * is none of a bearer's business, so each refusal is in the same words.
   */
  async #bearer(request: IncomingMessage, token: string, operation: Operation): Promise<Caller> {
    const principal = await this.#principal(token);
    const roles = rolesOf(operation);
    const refuse = (cause?: unknown): HubError =>
      refusal(`No role of '${principal.name}' allows access`, operation, cause);
    if (!hasRoleSomewhere(principal, roles)) {
      throw refuse();
    }
    const hub = await this.#resolve(request, refuse);
    if (!hasRole(principal, roles, hub.hub)) {
      throw refuse();
    }
    return { kind: 'principal', ...principal, ...hub };
  }

  /** A token that does not count is refused as every credential is on this side. */
  async #principal(token: string): Promise<Principal> {
    try {
      return await this.parts.bearerTokens.principal(token);
    } catch (error) {
      throw error instanceof HubError && error.code === 'GenericUnauthorized'
        ? new HubError('IotHubUnauthorizedAccess', error.message, { cause: error.cause })
        : error;
    }
  }

  /** @throws what `refuse` says when there is no such hub, or it takes nobody who comes like this */
  async #resolve(
    request: IncomingMessage,
    refuse: (cause: unknown) => HubError,
  ): Promise<HubOfCaller> {
    const hostName = request.headers.host ?? '';
    const { client } = contextOf(request);
    try {
      return await this.parts.hubResolver.resolve({ hostName, client });
    } catch (error) {
      throw error instanceof HubError && error.httpStatus === 401 ? refuse(error) : error;
    }
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

/** A role of one hub counts where the path names that hub. */
function checkRoles(administrator: Administrator, { operation, parameters }: FoundOperation): void {
  if (administrator.kind === 'administrator') {
    return;
  }
  const roles = rolesOf(operation);
  const isAllowed =
    operation.access === 'some-reader'
      ? hasRoleSomewhere(administrator, roles)
      : hasRole(administrator, roles, parameters.get('name'));
  if (!isAllowed) {
    throw new HubError(
      'GenericForbidden',
      `No role of '${administrator.name}' allows ${operation.name} here.`,
    );
  }
}

function requireSignature(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new HubError('IotHubUnauthorizedAccess', 'Authorization header missing');
  }
  if (!/^SharedAccessSignature /i.test(authorization)) {
    throw new HubError(
      'IotHubUnauthorizedAccess',
      'A shared access signature or a bearer token is needed: "Authorization: SharedAccessSignature sr=...".',
    );
  }
  return authorization;
}

/** Undefined when it cannot be read. */
function readToken(signature: string): SasToken | undefined {
  try {
    return parseSasToken(signature);
  } catch {
    return undefined;
  }
}

/** security-limits.md section 2: 401, never 403. */
function refusal(reason: string, { method, path }: Operation, cause?: unknown): HubError {
  return new HubError('IotHubUnauthorizedAccess', `${reason} for '${method} ${path}'`, { cause });
}

function checkTier(caller: Caller | undefined, operation: Operation): void {
  if (caller !== undefined && !isInTier(operation, caller.limits)) {
    throw new HubError(
      'OperationNotAvailableInCurrentTier',
      `Not in the tier ${caller.limits.sku}: ${operation.name}.`,
    );
  }
}

function checkServed({ name, isServed }: Operation): void {
  if (!isServed) {
    throw new HubError('FeatureNotSupported', `${name}: not served by this hub yet.`);
  }
}
