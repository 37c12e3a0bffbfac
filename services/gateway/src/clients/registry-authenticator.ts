import type { ClientSource } from '@linchpin/auth';
import {
  AuthenticationKind,
  authenticationScopeMessages,
  RegistryClient,
  repeatableRpcs,
  streamedRpcs,
  wordOf,
  type AuthenticateDeviceRequest,
  type AuthenticateDeviceResponse,
} from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { callUnary, checkHealth, createGrpcClient } from '@linchpin/platform/grpc';
import { readHubLimits, type AuthScope } from '@linchpin/wire';
import type { Authenticator, Credential, CredentialClaim } from '../domain/authenticator.js';
import type { Grant } from '../domain/device-session.js';
import type { PolicyGrant, PolicyTokens } from '../domain/policy-tokens.js';

/** With the wait for its turn before shorter than any SDK waits for CONNACK (device-mqtt.md section 2.9). */
const authenticateDeadlineMs = 5_000;

/** Asks the registry; keys never leave it. */
export class RegistryAuthenticator implements Authenticator, PolicyTokens {
  readonly #client: RegistryClient;

  constructor(address: string, tls: GrpcTls | undefined) {
    this.#client = createGrpcClient(RegistryClient, {
      address,
      tls,
      retried: repeatableRpcs,
      streamed: streamedRpcs,
    });
  }

  async authenticate(claim: CredentialClaim): Promise<Grant> {
    const { host, client, identity, credential } = claim;
    const request: AuthenticateDeviceRequest = {
      hostName: host,
      client,
      deviceId: identity.deviceId,
      moduleId: identity.moduleId,
      credential: toMessage(credential),
    };
    const response = await callUnary(this.#client.authenticateDevice.bind(this.#client), request, {
      name: 'Registry/AuthenticateDevice',
      deadlineMs: authenticateDeadlineMs,
    });
    return toGrant(response);
  }

  async authorize(
    sharedAccessSignature: string,
    path: string,
    client: ClientSource,
  ): Promise<PolicyGrant> {
    const { limits, expiresAt, ...grant } = await callUnary(
      this.#client.authorizeService.bind(this.#client),
      { sharedAccessSignature, path, client },
      { name: 'Registry/AuthorizeService', deadlineMs: authenticateDeadlineMs },
    );
    if (expiresAt === undefined) {
      throw new Error('the registry granted access without an end');
    }
    return { ...grant, expiresAt, limits: readHubLimits(limits) };
  }

  /** @throws Error when the registry does not serve */
  check(): Promise<void> {
    return checkHealth(this.#client, 'linchpin.registry.v1.Registry');
  }

  close(): void {
    this.#client.close();
  }
}

function toMessage(credential: Credential): AuthenticateDeviceRequest['credential'] {
  return credential.kind === 'sas'
    ? { $case: 'sharedAccessSignature', value: credential.token }
    : { $case: 'certificates', value: { der: credential.chain } };
}

function toGrant(response: AuthenticateDeviceResponse): Grant {
  if (!/^\d{18,19}$/.test(response.generationId)) {
    // Sequence numbers of connection-state events are made of it.
    throw new Error(`the registry granted access with the generation "${response.generationId}"`);
  }
  return {
    hub: response.hub,
    hubGeneration: response.hubGeneration,
    generationId: response.generationId,
    scope: toScope(response.scope),
    type: response.kind === AuthenticationKind.SAS ? 'sas' : 'x509Certificate',
    expiresAt: response.expiresAt,
    credentialIds: response.credentialIds,
    limits: readHubLimits(response.limits),
    telemetryTopic: response.telemetryTopic,
    telemetryPartitions: response.telemetryPartitions,
  };
}

function toScope(scope: AuthenticateDeviceResponse['scope']): AuthScope {
  const word = wordOf(authenticationScopeMessages, scope);
  if (word === undefined) {
    throw new Error('the registry granted access without a scope');
  }
  return word;
}
