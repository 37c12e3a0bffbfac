import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Admission, type AdmissionLimits, type AdmissionSlot } from './admission.js';

const limits: AdmissionLimits = {
  unauthenticatedPerAddressMax: 2,
  unauthenticatedMax: 3,
  connectionsMax: 5,
};

describe('places', () => {
  test('of one address are few until its clients are let in', () => {
    const admission = new Admission(limits);
    const [first] = [enter(admission, '192.0.2.1'), enter(admission, '192.0.2.1')];
    expect(admission.enter('192.0.2.1')).toBe('unauthenticated-of-address');
    expect(typeof admission.enter('192.0.2.2')).toBe('object');
    first.admitted();
    expect(typeof admission.enter('192.0.2.1')).toBe('object');
  });

  test('of one IPv6 network are as few', () => {
    const admission = new Admission(limits);
    enter(admission, '2001:db8::1');
    enter(admission, '2001:db8::2');
    expect(admission.enter('2001:db8::3')).toBe('unauthenticated-of-address');
    expect(typeof admission.enter('2001:db8:0:1::3')).toBe('object');
  });

  test('of all who have not been let in are bounded too', () => {
    const admission = new Admission(limits);
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    addresses.forEach((address) => enter(admission, address));
    expect(admission.enter('192.0.2.4')).toBe('unauthenticated');
  });

  test('are bounded altogether', () => {
    const admission = new Admission(limits);
    const slots = Array.from({ length: 5 }, (_, index) => {
      const slot = enter(admission, `192.0.2.${index}`);
      slot.admitted();
      return slot;
    });
    expect(admission.enter('192.0.2.9')).toBe('connections');
    slots[0]!.ended();
    expect(typeof admission.enter('192.0.2.9')).toBe('object');
  });
});

const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1'] as const;
const steps = fc.array(
  fc.record({
    do: fc.constantFrom('enter', 'enter', 'admitted', 'ended'),
    address: fc.constantFrom(...addresses),
    place: fc.nat(),
  }),
  { maxLength: 150 },
);

test('whatever happens in which order, no place is lost and none is given twice', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const admission = new Admission(limits);
      // Slots stay in the list when they have ended: what is said of them then must not count.
      const slots: { slot: AdmissionSlot; address: string; state: string }[] = [];
      const count = (isCounted: (slot: (typeof slots)[number]) => boolean): number =>
        slots.filter(isCounted).length;
      for (const { do: what, address, place } of plan) {
        const chosen = slots[place % Math.max(slots.length, 1)];
        if (what === 'enter') {
          const hasRoom =
            count(({ state }) => state !== 'ended') < limits.connectionsMax &&
            count(({ state }) => state === 'new') < limits.unauthenticatedMax &&
            count((slot) => slot.state === 'new' && slot.address === address) <
              limits.unauthenticatedPerAddressMax;
          const slot = admission.enter(address);
          expect(typeof slot === 'object').toBe(hasRoom);
          slots.push(...(typeof slot === 'object' ? [{ slot, address, state: 'new' }] : []));
        } else if (chosen !== undefined) {
          chosen.slot[what]();
          chosen.state = what === 'admitted' && chosen.state === 'ended' ? 'ended' : what;
        }
      }
      slots.forEach(({ slot }) => {
        slot.ended();
      });
      const all = addresses.map((address) => admission.enter(address));
      expect(all.every((slot) => typeof slot === 'object')).toBe(true);
    }),
    { numRuns: 500 },
  );
});

function enter(admission: Admission, address: string): AdmissionSlot {
  const slot = admission.enter(address);
  expect(slot).toBeInstanceOf(Object);
  return slot as AdmissionSlot;
}
