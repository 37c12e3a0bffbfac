import 'reflect-metadata';
import { PresenceReader, PresenceWaits } from '@linchpin/presence';
import { Module, type DynamicModule } from '@nestjs/common';
import { GrpcDeviceGateways } from './clients/grpc-device-gateways.js';
import { GrpcIdentities } from './clients/grpc-identities.js';
import type { CloudToDeviceConfig } from './config.js';
import { CallPlaces } from './domain/call-places.js';
import { InvokeMethod } from './domain/invoke-method.js';
import {
  DirectMethodsController,
  directMethodsControllerParts,
  type DirectMethodsControllerParts,
} from './grpc/direct-methods.controller.js';
import type { Outside } from './outside.js';

/** What Nest serves over gRPC. */
@Module({})
export class CloudToDeviceModule {
  static of(parts: DirectMethodsControllerParts): DynamicModule {
    return {
      module: CloudToDeviceModule,
      controllers: [DirectMethodsController],
      providers: [{ provide: directMethodsControllerParts, useValue: parts }],
    };
  }
}

/** Where the domain meets Redis, the registry and the gateways. */
export function composeInvokeMethod(
  { methodCallsBytesMax }: CloudToDeviceConfig,
  { redis, subscriber, keys, connection, gateways }: Outside,
): InvokeMethod {
  return new InvokeMethod({
    presence: new PresenceReader(redis, keys),
    arrivals: new PresenceWaits(subscriber, keys),
    gateways: new GrpcDeviceGateways(gateways),
    identities: new GrpcIdentities(connection.registry),
    places: new CallPlaces(methodCallsBytesMax),
  });
}
