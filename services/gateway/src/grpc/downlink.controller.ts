import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  DeliverMethodRequest,
  DeliverMethodResponse,
  DownlinkService,
  NotifyDesiredRequest,
  NotifyDesiredResponse,
  NotifyMessagesRequest,
  NotifyMessagesResponse,
} from '@linchpin/contracts';
import type { RpcCaller, RpcHandlers } from '@linchpin/platform/grpc-server';
import { azureLimits, HubError } from '@linchpin/wire';
import { ConnectionTable } from '../domain/connection-table.js';
import type { DeviceDownlink } from '../domain/device-downlink.js';

/** What services send to devices that this gateway holds. */
@Controller()
export class DownlinkController implements RpcHandlers<typeof DownlinkService> {
  constructor(private readonly table: ConnectionTable) {}

  @GrpcMethod('Downlink', 'deliverMethod')
  async deliverMethod(
    request: DeliverMethodRequest,
    { signal }: RpcCaller,
  ): Promise<DeliverMethodResponse> {
    const { connectionId, methodName: name, payloadJson, responseTimeoutSeconds } = request;
    const responseTimeoutMs = responseTimeoutSeconds * 1_000 - azureLimits.methodWaitEarlierMs;
    const downlink = await this.#downlinkOf(connectionId);
    const method = { name, payload: payloadJson, responseTimeoutMs };
    const { status, payload } = await downlink.callMethod(method, signal);
    return { status: BigInt(status), payloadJson: payload };
  }

  @GrpcMethod('Downlink', 'notifyDesired')
  async notifyDesired(request: NotifyDesiredRequest): Promise<NotifyDesiredResponse> {
    const changes = request.changes.map(({ version, json, committedAt = new Date() }) => ({
      ...{ version, json, committedAt },
    }));
    const downlink = await this.#downlinkOf(request.connectionId);
    await downlink.tellDesired(changes);
    return {};
  }

  @GrpcMethod('Downlink', 'notifyMessages')
  async notifyMessages({ connectionId }: NotifyMessagesRequest): Promise<NotifyMessagesResponse> {
    const downlink = await this.#downlinkOf(connectionId);
    downlink.tellMessagesWait();
    return {};
  }

  /** @throws HubError `DeviceNotOnline` */
  async #downlinkOf(connectionId: string): Promise<DeviceDownlink> {
    const downlink = await this.table.find(connectionId)?.connection.downlink();
    if (downlink === undefined) {
      throw new HubError('DeviceNotOnline', 'The device is not connected here.');
    }
    return downlink;
  }
}
