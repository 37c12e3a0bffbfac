import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PartialPacketBudget, PartialPacketReservation } from './partial-packet-budget.js';
import { ProtocolViolation } from './protocol-violation.js';

test('what is left is given, what is more is refused and changes nothing', () => {
  const budget = new PartialPacketBudget(100);
  const [one, two] = [new PartialPacketReservation(budget), new PartialPacketReservation(budget)];
  one.resize(60);
  two.resize(40);
  expect(() => {
    two.resize(41);
  }).toThrow(ProtocolViolation);
  expect(budget.used).toBe(100);
  one.resize(0);
  two.resize(100);
  expect(budget.used).toBe(100);
});

test('a reservation moves to another budget whole', () => {
  const [from, to] = [new PartialPacketBudget(100), new PartialPacketBudget(50)];
  const reservation = new PartialPacketReservation(from);
  reservation.resize(50);
  reservation.moveTo(to);
  expect([from.used, to.used]).toEqual([0, 50]);

  const large = new PartialPacketReservation(from);
  large.resize(51);
  expect(() => {
    large.moveTo(to);
  }).toThrow(ProtocolViolation);
  expect([from.used, to.used]).toEqual([0, 50]);
});

test('however reservations change, the sum is what they hold and never above the bound', () => {
  const changes = fc.array(fc.tuple(fc.nat(4), fc.nat(60)), { maxLength: 100 });
  fc.assert(
    fc.property(changes, (plan) => {
      const budget = new PartialPacketBudget(100);
      const reservations = [0, 1, 2, 3, 4].map(() => new PartialPacketReservation(budget));
      const held = [0, 0, 0, 0, 0];
      for (const [index, bytes] of plan) {
        try {
          reservations[index]!.resize(bytes);
          held[index] = bytes;
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
        expect(budget.used).toBe(held.reduce((sum, part) => sum + part, 0));
        expect(budget.used).toBeLessThanOrEqual(100);
      }
    }),
  );
});
