import type { ServiceDefinition } from '@grpc/grpc-js';
import type { RpcCaller } from './rpc-caller.js';

/**
 * The methods that a controller of a generated service must have, so that a forgotten rpc does not
 * compile.
 */
export type RpcHandlers<Definition extends ServiceDefinition> = {
  readonly [Rpc in keyof Definition]: (
    request: Deserialized<Definition[Rpc]['requestDeserialize']>,
    caller: RpcCaller,
  ) => Promise<Deserialized<Definition[Rpc]['responseDeserialize']>>;
};

type Deserialized<Deserialize> = Deserialize extends (bytes: Buffer) => infer Message
  ? Message
  : never;
