/**
 * What commands go through breaks under a stream of them, to devices of which half come and go: each that was accepted
 * ends in exactly one way, which its sender is told, and each device gets its own in order.
 */
import { expect, test } from '@jest/globals';
import { CommandStream } from '../support/commands/command-stream.js';
import { restart } from '../support/processes.js';

const commands = Number(process.env['LINCHPIN_COMMANDS'] ?? 4_000);
const commandsPerSecond = commands / 40;

test('kill -9 of a gateway and of cloud-to-device, PostgreSQL and Redis restart: each command has one end', async () => {
  const stream = await CommandStream.start({ devices: 200, commands, commandsPerSecond });
  try {
    await stream.disturb(0.25, () => restart('gateway-1', 'SIGKILL'));
    await stream.disturb(0.4, () => restart('cloud-to-device', 'SIGKILL'));
    await stream.disturb(0.55, () => restart('postgres', 'SIGKILL'));
    await stream.disturb(0.7, () => restart('redis', 'SIGKILL'));
    const { verdict, sender } = await stream.finish('commands under faults');

    expect(verdict.wrong).toEqual([]);
    expect(sender.accepted).toBe(commands);
    const ends = [...verdict.counts.keys()].sort();
    expect(ends).toEqual(['DeliveryCountExceeded', 'Expired', 'Rejected', 'Success']);
    expect(verdict.receivedTwice).toBeGreaterThan(0);
  } finally {
    await stream.stop();
  }
}, 900_000);
