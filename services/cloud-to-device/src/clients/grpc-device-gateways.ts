import { connectivityState, type Client } from '@grpc/grpc-js';
import type { DownlinkClient } from '@linchpin/contracts';
import { callUnary, type ClientsByAddress } from '@linchpin/platform/grpc';
import { HubError } from '@linchpin/wire';
import type { DeviceGateways } from '../domain/device-gateways.js';
import type { MethodAnswer, MethodCall } from '../domain/method-call.js';

/** Until a gateway that lives has taken a connection; one that does not is not waited for. */
const connectionDeadlineMs = 2_000;
/** The gateway holds the device to its time, and tells when that is over. */
const graceMs = 5_000;

export class GrpcDeviceGateways implements DeviceGateways {
  constructor(private readonly clients: ClientsByAddress<DownlinkClient>) {}

  async deliver(
    address: string,
    connectionId: string,
    call: MethodCall,
    signal: AbortSignal,
  ): Promise<MethodAnswer | undefined> {
    const client = this.clients.at(address);
    if (!(await isConnected(client))) {
      return undefined;
    }
    const { methodName, payload: payloadJson, responseTimeoutSeconds } = call;
    const deadlineMs = responseTimeoutSeconds * 1_000 + graceMs;
    try {
      const answer = await callUnary(
        client.deliverMethod.bind(client),
        { connectionId, methodName, payloadJson, responseTimeoutSeconds },
        { name: 'Downlink/DeliverMethod', deadlineMs, signal },
      );
      return { status: answer.status, payload: answer.payloadJson };
    } catch (error) {
      if (error instanceof HubError && error.code === 'DeviceNotOnline') {
        return undefined;
      }
      throw failureOf(error);
    }
  }
}

/** Without a connection nothing was sent; afterwards that is not known. */
async function isConnected(client: Client): Promise<boolean> {
  if (client.getChannel().getConnectivityState(true) === connectivityState.READY) {
    return true;
  }
  return new Promise((resolve) => {
    client.waitForReady(Date.now() + connectionDeadlineMs, (error) => {
      resolve(error === undefined);
    });
  });
}

/** What the gateway's silence means to whoever called. */
function failureOf(error: unknown): unknown {
  if (error instanceof HubError && error.code === 'ServiceUnavailable') {
    return new HubError(
      'DeviceConnectionClosedRemotely',
      'The connection of the device ended before it answered.',
      { cause: error },
    );
  }
  if (error instanceof HubError && error.code === 'GenericTimeout') {
    return new HubError('GatewayTimeout', 'Timed out waiting for the response from device.', {
      cause: error,
    });
  }
  return error;
}
