import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PartialPacketBudget, type PartialPacketReservation } from './partial-packet-budget.js';
import { ProtocolViolation } from './protocol-violation.js';

/** What a reservation comes to when it grows until it is refused. */
function fill(reservation: PartialPacketReservation): number {
  for (let bytes = 1; ; bytes++) {
    try {
      reservation.resize(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolViolation);
      return bytes - 1;
    }
  }
}

test('connections of one name share a part, and leave room for another name', () => {
  const budget = new PartialPacketBudget(1_200);
  const attackers = Array.from({ length: 64 }, () => budget.enter('a'));
  const held = attackers.map(fill);
  expect(held.reduce((sum, bytes) => sum + bytes)).toBe(600);
  expect(fill(budget.enter('b'))).toBe(300);
});

test('what is refused changes nothing', () => {
  const budget = new PartialPacketBudget(200);
  const reservation = budget.enter('a');
  reservation.resize(60);
  expect(() => {
    reservation.resize(101);
  }).toThrow(ProtocolViolation);
  reservation.resize(100);
});

test('when the last of a name has left all of it is back, and the name is forgotten', () => {
  const budget = new PartialPacketBudget(200);
  const [one, two] = [budget.enter('a'), budget.enter('a')];
  one.resize(60);
  two.resize(40);
  one.leave();
  expect(budget.holders).toEqual(['a']);
  two.leave();
  expect(budget.holders).toEqual([]);
  expect(fill(budget.enter('b'))).toBe(100);
});

test('however reservations change, together they never keep all there is', () => {
  const changes = fc.array(fc.tuple(fc.nat(4), fc.nat(60)), { maxLength: 100 });
  fc.assert(
    fc.property(changes, (plan) => {
      const budget = new PartialPacketBudget(100);
      const reservations = ['a', 'a', 'b', 'b', 'c'].map((name) => budget.enter(name));
      const held = [0, 0, 0, 0, 0];
      for (const [index, bytes] of plan) {
        try {
          reservations[index]!.resize(bytes);
          held[index] = bytes;
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
        expect(held.reduce((sum, part) => sum + part)).toBeLessThan(100);
      }
      for (const reservation of reservations) {
        reservation.leave();
      }
      expect(fill(budget.enter('d'))).toBe(50);
    }),
  );
});
