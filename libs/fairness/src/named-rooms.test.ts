import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NamedRooms } from './named-rooms.js';

test('rooms of one name share a part, and leave some for another name', () => {
  const rooms = new NamedRooms(100);
  const [one, two, other] = ['a', 'a', 'b'].map((name) => rooms.enter(name));

  expect([one!.resize(30), two!.resize(21), two!.resize(20)]).toEqual([true, false, true]);
  expect([other!.resize(26), other!.resize(25)]).toEqual([false, true]);
  expect(rooms.heldBytes).toBe(75);
});

test('a room is widened to no less than it has', () => {
  const rooms = new NamedRooms(100);
  const room = rooms.enter('a');

  expect([room.widen(40), room.widen(20), room.widen(51)]).toEqual([true, true, false]);
  expect(rooms.heldBytes).toBe(40);
});

test('a room for work is left when that is done, and refuses work that is too large', async () => {
  const rooms = new NamedRooms(100);
  let finish: () => void = () => undefined;
  const work = () =>
    new Promise<string>(
      (resolve) =>
        (finish = () => {
          resolve('done');
        }),
    );
  const done = rooms.enter('a').during(40, work);
  expect(rooms.heldBytes).toBe(40);
  await expect(rooms.enter('a').during(11, work)).resolves.toBeUndefined();
  finish();
  await expect(done).resolves.toBe('done');
  expect(rooms.heldBytes).toBe(0);
  await expect(rooms.enter('a').during(1, () => Promise.reject(new Error('no')))).rejects.toThrow();
  expect([...rooms.names]).toEqual([]);
});

test('a room is left once, and the last one takes its name along', () => {
  const rooms = new NamedRooms(100);
  const [one, two] = [rooms.enter('a'), rooms.enter('a')];
  one.resize(30);
  two.resize(20);
  one.leave();
  one.leave();

  expect([one.resize(1), one.widen(0), rooms.heldBytes]).toEqual([false, false, 20]);
  expect(rooms.names).toEqual(['a']);
  two.leave();
  expect([rooms.names, rooms.heldBytes]).toEqual([[], 0]);
});

test('however rooms change, together they never have all there is', () => {
  const changes = fc.array(fc.tuple(fc.nat(4), fc.nat(60)), { maxLength: 100 });
  fc.assert(
    fc.property(changes, (plan) => {
      const all = new NamedRooms(100);
      const rooms = ['a', 'a', 'b', 'b', 'c'].map((name) => all.enter(name));
      const held = [0, 0, 0, 0, 0];
      for (const [index, bytes] of plan) {
        if (rooms[index]!.resize(bytes)) {
          held[index] = bytes;
        }
        expect(all.heldBytes).toBe(held.reduce((sum, part) => sum + part));
        expect(all.heldBytes).toBeLessThan(100);
      }
      for (const room of rooms) {
        room.leave();
      }
      expect([all.names, all.heldBytes]).toEqual([[], 0]);
    }),
  );
});
