import { expect, test } from '@jest/globals';
import { formatHostPort, hostPort } from './fields.js';

test.each(['127.0.0.1:8883', '[::1]:8883', 'localhost:8883'])(
  '%s is read and written, an IPv6 address in brackets',
  (text) => {
    expect(formatHostPort(hostPort.parse(text))).toBe(text);
  },
);
