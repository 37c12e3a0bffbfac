import { describe, expect, test } from '@jest/globals';

import {
  errorTable,
  httpStatusOf,
  isHubErrorCode,
  type ErrorRow,
  type HubErrorCode,
} from './error-table.js';

const rows = Object.entries(errorTable);

describe('errorTable', () => {
  const documented: Partial<Record<HubErrorCode, [status: number, row: ErrorRow]>> = {
    ArgumentInvalid: [
      400,
      {
        number: 400004,
        grpc: 'INVALID_ARGUMENT',
        amqp: 'com.microsoft:argument-error',
        mqtt: 'answer',
      },
    ],
    IotHubUnauthorized: [
      401,
      {
        number: 401003,
        grpc: 'UNAUTHENTICATED',
        amqp: 'amqp:unauthorized-access',
        mqtt: 'refuse',
      },
    ],
    DeviceNotFound: [
      404,
      { number: 404001, grpc: 'NOT_FOUND', amqp: 'amqp:not-found', mqtt: 'refuse' },
    ],
    PreconditionFailed: [
      412,
      {
        number: 412001,
        grpc: 'FAILED_PRECONDITION',
        amqp: 'com.microsoft:precondition-failed',
        mqtt: 'answer',
      },
    ],
    ThrottlingException: [
      429,
      {
        number: 429001,
        grpc: 'RESOURCE_EXHAUSTED',
        amqp: 'com.microsoft:device-container-throttled',
        mqtt: 'answer',
      },
    ],
    ServiceUnavailable: [
      503,
      { number: 503001, grpc: 'UNAVAILABLE', amqp: 'amqp:internal-error', mqtt: 'unavailable' },
    ],
  };

  test.each(Object.entries(documented))('%s is as documented', (code, [status, row]) => {
    expect(errorTable[code as HubErrorCode]).toEqual(row);
    expect(httpStatusOf(code as HubErrorCode)).toBe(status);
  });

  test('every number has six digits and belongs to one code', () => {
    const numbers = rows.map(([, row]) => row.number);
    expect(new Set(numbers).size).toBe(rows.length);
    expect(numbers.filter((number) => !/^[45]\d{5}$/.test(String(number)))).toEqual([]);
  });

  test('rows stand in the order of their numbers', () => {
    const numbers = rows.map(([, row]) => row.number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test('device-mqtt 7: whatever is wrong with a credential is answered by CONNACK 5', () => {
    const unauthorised = rows.filter(([, row]) => row.grpc === 'UNAUTHENTICATED');
    expect(unauthorised.map(([, row]) => row.mqtt)).not.toContain('unavailable');
    expect(errorTable.DeviceDisabled.mqtt).toBe('refuse');
  });

  test('only faults of the hub itself tell a device to come back', () => {
    const retried = rows.filter(([, row]) => row.mqtt === 'unavailable').map(([code]) => code);
    const clientFaults = retried.filter((code) => isHubErrorCode(code) && httpStatusOf(code) < 500);
    expect(clientFaults).toEqual(['IotHubFailingOver']);
  });
});

test.each(['toString', '__proto__', '', 'devicenotfound'])('%p is no code', (name) => {
  expect(isHubErrorCode(name)).toBe(false);
});
