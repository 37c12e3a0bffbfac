import { expect, test } from '@jest/globals';
import { parseAmqpAddress } from '@linchpin/wire';
import { coversAddress, type ServiceAddress } from './service-address.js';

function covers(audience: string, address: string): boolean {
  return coversAddress(audience, parseAmqpAddress(address) as ServiceAddress);
}

const partition = 'e.h/ConsumerGroups/$Default/Partitions/0';

test.each([
  ['h.example.net', '/messages/devicebound'],
  ['https://h.example.net/', '/messages/devicebound'],
  ['h.example.net/messages', '/messages/devicebound'],
  ['h.example.net%2Fmessages%2FdeviceBound', '/messages/devicebound'],
  ['h.example.net/messages/serviceBound/feedback', '/messages/servicebound/Feedback'],
  ['h/messages/servicebound/filenotifications', '/messages/serviceBound/fileuploadnotifications'],
  ['h/messages/events', '/messages/events/$management'],
  ['sb://h.example.net/e.h', partition],
  ['sb://h.example.net/e.h/consumergroups/$default', partition],
  ['sb://h.example.net/E.H/ConsumerGroups/$Default/Partitions/0', partition],
  ['sb://h.example.net/e.h/$management', '$management'],
  ['sb://h.example.net/e.h', '$management'],
  ['sb://h.example.net/e.h/$management', 'e.h/$management'],
])('a token for %s covers %s', (audience, address) => {
  expect(covers(audience, address)).toBe(true);
});

test.each([
  ['h/devices/d1', '/messages/devicebound'],
  ['h/messages/serviceBound', '/messages/devicebound'],
  ['h/messages/device', '/messages/devicebound'],
  ['h/messages/devicebound/more', '/messages/devicebound'],
  ['h/messages/servicebound/feedback', '/messages/servicebound/filenotifications'],
  ['h/e', partition],
  ['h/e.h/consumergroups/other', partition],
  ['h/e.h/ConsumerGroups/$Default/Partitions/1', partition],
  ['h/e.h/ConsumerGroups/$Default/Partitions/0', '$management'],
  ['h/other/$management', 'e.h/$management'],
])('a token for %s does not cover %s', (audience, address) => {
  expect(covers(audience, address)).toBe(false);
});
