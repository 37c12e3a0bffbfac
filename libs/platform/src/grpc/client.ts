import {
  credentials,
  Metadata,
  status,
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { HubError } from '@linchpin/wire';
import { SpanKind } from '@opentelemetry/api';
import { currentActor, type Actor } from '../actor/actor.js';
import type { GrpcTls } from '../config/process-fields.js';
import { traceCarrier, withSpan } from '../tracing/tracing.js';
import { setActor } from './actor-metadata.js';
import { fromServiceError } from './hub-error-status.js';
import { streamRpcs } from './stream-rpcs.js';
import type { RpcPath, UnaryRpc } from './unary-rpc.js';

/**
 * The name that every service's certificate must be valid for: services are called at addresses, of
 * pods for instance, that no certificate can name, and their authority signs for nobody else.
 */
const serviceName = 'linchpin.internal';

export interface ClientConstructor<Created> {
  new (address: string, credentials: ChannelCredentials, options?: Partial<ClientOptions>): Created;
  readonly service: ServiceDefinition;
}

/** Where services are called. */
export interface GrpcPlace {
  /** `host:port`; a name with several addresses is balanced over all of them. */
  readonly address: string;
  readonly tls: GrpcTls | undefined;
}

export interface ClientSettings extends GrpcPlace {
  /**
   * Rpcs that may be sent again when a server was not there to answer: those that change nothing, or nothing more
   * when repeated.
   */
  readonly retried?: readonly RpcPath[];
  /** Rpcs that are called often, and whose messages are small: they share streams. */
  readonly streamed?: readonly RpcPath[];
  /** Of streams for them, each with the process whose turn it is: 4 unless it is given, 1 where there is but one. */
  readonly streamCount?: number;
}

const streamsBalanced = 4;

/** A client that connects on first use and again after every loss. */
export function createGrpcClient<Created extends Client>(
  constructor: ClientConstructor<Created>,
  settings: ClientSettings,
): Created {
  const { address, tls, retried = [], streamed = [] } = settings;
  const client = new constructor(`dns:///${address}`, toClientCredentials(tls), {
    'grpc.service_config': JSON.stringify({
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: retried.length === 0 ? [] : [{ name: retried.map(toMethodName), retryPolicy }],
    }),
    ...(tls !== undefined && { 'grpc.ssl_target_name_override': serviceName }),
    'grpc.max_receive_message_length': answerBytesMax,
    // Figures that nobody reads.
    'grpc.enable_channelz': 0,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
  });
  const { streamCount = streamsBalanced } = settings;
  streamRpcs(client, constructor.service, { streamed, retried, streamCount });
  return client;
}

type ConstructorsOf<Clients> = {
  readonly [Name in keyof Clients]: ClientConstructor<Clients[Name]>;
};

/** Clients of services at one place, by the names that their user gives them; they are closed together. */
export function createGrpcClients<Clients extends { readonly [Name in keyof Clients]: Client }>(
  constructors: ConstructorsOf<Clients>,
  settings: ClientSettings,
): Clients & { close(): void } {
  const clients = Object.entries<ClientConstructor<Client>>(constructors).map(
    ([name, constructor]) => [name, createGrpcClient(constructor, settings)] as const,
  );
  return {
    ...(Object.fromEntries(clients) as Clients),
    close: () => {
      for (const [, client] of clients) {
        client.close();
      }
    },
  };
}

export interface UnaryOptions {
  /** For the span: `Registry/AuthenticateDevice`. */
  readonly name: string;
  readonly deadlineMs: number;
  /** Takes the call back; the callee learns it (`RpcCaller` of `grpc-server`). */
  readonly signal?: AbortSignal;
  /** On whose behalf, where it is not `currentActor`. */
  readonly actor?: Actor;
}

/**
 * Calls an rpc and waits for its answer. The callee learns the trace, and on whose behalf this is.
 *
 * @throws HubError the callee's own; `ServiceUnavailable` or `GenericTimeout` when none came;
 *   `RequestCanceled` when the call was taken back
 */
export function callUnary<Request, Response>(
  rpc: UnaryRpc<Request, Response>,
  request: Request,
  { name, deadlineMs, signal, actor = currentActor() }: UnaryOptions,
): Promise<Response> {
  return withSpan({ name, kind: SpanKind.CLIENT }, () => {
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(traceCarrier())) {
      metadata.set(key, value);
    }
    setActor(metadata, actor);
    return new Promise<Response>((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(takenBack(signal.reason));
        return;
      }
      const call = rpc(
        request,
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          signal?.removeEventListener('abort', cancel);
          if (error === null) {
            resolve(response as Response);
          } else if (error.code === status.CANCELLED && signal?.aborted === true) {
            reject(takenBack(signal.reason));
          } else {
            reject(fromServiceError(error));
          }
        },
      );
      const cancel = (): void => {
        call.cancel();
      };
      signal?.addEventListener('abort', cancel, { once: true });
    });
  });
}

function takenBack(reason: unknown): HubError {
  return new HubError('RequestCanceled', 'The request was taken back.', { cause: reason });
}

/** A list of 1,000 devices, each with as much as a device can have, is 10 MiB; no page of hubs has more. */
const answerBytesMax = 16 * 1024 * 1024;

const retryPolicy = {
  maxAttempts: 4,
  initialBackoff: '0.1s',
  maxBackoff: '1s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};

function toMethodName(path: RpcPath): { service: string; method: string } {
  const [service = '', method = ''] = path.slice(1).split('/');
  return { service, method };
}

function toClientCredentials(tls: GrpcTls | undefined): ChannelCredentials {
  return tls === undefined
    ? credentials.createInsecure()
    : credentials.createSsl(
        Buffer.from(tls.authority),
        Buffer.from(tls.key),
        Buffer.from(tls.certificate),
      );
}
