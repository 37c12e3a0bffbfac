/** Commands of digital twins (service-rest.md section 10): a back end with Azure's SDK, devices by the packet. */
import { describe, expect, test } from '@jest/globals';
import { DigitalTwinClient, IoTHubTokenCredentials } from 'azure-iothub';
import { hub } from './support/hub.js';
import { openForMethods, respond, takeMethod } from './support/methods.js';
import { createDevice } from './support/registry.js';
import { askTwins } from './support/twin-requests.js';

/** The SDK's own type is of a package that is not ours to import. */
interface CommandOutcome {
  readonly xMsCommandStatuscode?: number;
  readonly xMsRequestId?: string;
  readonly _response: { readonly status: number; readonly bodyAsText: string };
}

const client = new DigitalTwinClient(new IoTHubTokenCredentials(hub.connectionString));

describe('service-rest 63: the status of the device is x-ms-command-statuscode', () => {
  test.each([
    [200, '{"done":true}'],
    [404, '"unknown"'],
    [-1, 'null'],
  ])('%i, with the body %s', async (status, payload) => {
    const device = await createDevice();
    const connection = await openForMethods(device);
    const outcome = client.invokeCommand(device.deviceId, 'reboot', { delay: 5 });
    const asked = await takeMethod(connection, 'reboot');
    expect(asked.payload).toBe('{"delay":5}');
    respond(connection, asked.requestId, status, payload);
    const { xMsCommandStatuscode, xMsRequestId, _response } = (await outcome) as CommandOutcome;

    expect({ status: _response.status, xMsCommandStatuscode }).toEqual({
      status: 200,
      xMsCommandStatuscode: status,
    });
    expect(xMsRequestId).toMatch(/^[0-9a-f]{32}$/);
    expect(_response.bodyAsText).toBe(payload);
    await connection.disconnect();
  });

  test('of a component as well', async () => {
    const device = await createDevice();
    const connection = await openForMethods(device);
    const outcome = client.invokeComponentCommand(device.deviceId, 'motor', 'spin', 3);
    const asked = await takeMethod(connection, 'motor*spin');
    expect(asked.payload).toBe('3');
    respond(connection, asked.requestId, 202, '1');

    expect(await outcome).toMatchObject({ xMsCommandStatuscode: 202 });
    await connection.disconnect();
  });
});

test('to who is not connected is 404103, to nobody 404001', async () => {
  const { deviceId } = await createDevice();

  await expect(client.invokeCommand(deviceId, 'reboot', {})).rejects.toMatchObject({
    statusCode: 404,
    response: { body: expect.stringContaining('404103') },
  });
  await expect(client.invokeCommand(`${deviceId}-none`, 'reboot', {})).rejects.toMatchObject({
    statusCode: 404,
    response: { body: expect.stringContaining('404001') },
  });
});

test('whose response is no JSON is 502000', async () => {
  const device = await createDevice();
  const connection = await openForMethods(device);
  const path = `/digitaltwins/${device.deviceId}/commands/reboot`;
  const outcome = askTwins(path, { method: 'POST', body: {} });
  const { requestId } = await takeMethod(connection, 'reboot');
  respond(connection, requestId, 200, '{"half"');
  const { status, headers, text } = await outcome;

  expect([status, headers.get('iothub-errorcode')]).toEqual([502, 'GenericBadGateway']);
  expect(text).toContain('\\"errorCode\\":502000');
  await connection.disconnect();
});
