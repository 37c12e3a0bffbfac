import type { Client } from 'azure-iothub';

/** @param get one of the SDK's calls that give a receiver. @returns what it gives */
export function receiverOf(
  get: (done: (error?: Error, receiver?: Client.ServiceReceiver) => void) => void,
): Promise<Client.ServiceReceiver> {
  return new Promise((resolve, reject) => {
    get((error, receiver) => {
      if (receiver === undefined) {
        reject(error ?? new Error('no receiver'));
      } else {
        resolve(receiver);
      }
    });
  });
}
