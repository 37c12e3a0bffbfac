import type { DirectMethodsClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { DirectMethods, MethodRequest, MethodResult } from '../domain/direct-methods.js';

/** Beyond the times that the caller gives: who holds the device to them says that they are over. */
const graceMs = 10_000;

/** Methods, asked of the service that reaches devices. */
export class GrpcDirectMethods implements DirectMethods {
  constructor(private readonly client: DirectMethodsClient) {}

  async invoke(
    { hub, hubGeneration }: HubId,
    { deviceId, moduleId }: DeviceIdentityId,
    { payload, ...request }: MethodRequest,
    signal: AbortSignal,
  ): Promise<MethodResult> {
    const { buffer, byteOffset, byteLength } = payload;
    const payloadJson = Buffer.from(buffer, byteOffset, byteLength);
    const seconds = request.connectTimeoutSeconds + request.responseTimeoutSeconds;
    const answer = await callUnary(
      this.client.invokeMethod.bind(this.client),
      { hub, hubGeneration, deviceId, moduleId, payloadJson, ...request },
      { name: 'DirectMethods/InvokeMethod', deadlineMs: seconds * 1_000 + graceMs, signal },
    );
    return { status: Number(answer.status), payload: answer.payloadJson };
  }
}
