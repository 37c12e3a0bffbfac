import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  DisconnectRequest,
  DisconnectResponse,
  EndReaderRequest,
  EndReaderResponse,
  GatewayService,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { ConnectionTable } from '../domain/connection-table.js';
import { EventReaders } from '../domain/event-readers.js';

/** What other gateways and services ask of this one. */
@Controller()
export class GatewayController implements RpcHandlers<typeof GatewayService> {
  constructor(
    private readonly table: ConnectionTable,
    private readonly readers: EventReaders,
  ) {}

  @GrpcMethod('Gateway', 'disconnect')
  async disconnect({ connectionId }: DisconnectRequest): Promise<DisconnectResponse> {
    const entry = this.table.find(connectionId);
    await entry?.connection.end('takeover');
    return { found: entry !== undefined };
  }

  @GrpcMethod('Gateway', 'endReader')
  endReader({ readerId, newerName, newerEpoch }: EndReaderRequest): Promise<EndReaderResponse> {
    const newer = { name: newerName, epoch: newerEpoch };
    return Promise.resolve({ found: this.readers.end(readerId, newer) });
  }
}
