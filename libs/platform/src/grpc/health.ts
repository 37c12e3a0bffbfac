import { Metadata, type Client, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';

/** `SERVING`, or what else the standard health service may say. */
interface HealthCheckResponse {
  readonly status: string;
}

const check = healthService['Check'] as MethodDefinition<{ service: string }, HealthCheckResponse>;
const deadlineMs = 1_500;

/**
 * Asks over the client's own channel whether `service` (its full name) serves.
 *
 * @throws Error that tells an operator what the service said, or that nobody answered
 */
export async function checkHealth(client: Client, service: string): Promise<void> {
  const status = await new Promise<string>((resolve, reject) => {
    client.makeUnaryRequest(
      check.path,
      check.requestSerialize,
      check.responseDeserialize,
      { service },
      new Metadata(),
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null, response?: HealthCheckResponse) => {
        if (error === null) {
          resolve(response?.status ?? 'nothing');
        } else {
          reject(new Error(`${service} at ${client.getChannel().getTarget()}: ${error.details}`));
        }
      },
    );
  });
  if (status !== 'SERVING') {
    throw new Error(`${service} says ${status}`);
  }
}
