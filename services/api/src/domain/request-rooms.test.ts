import { expect, test } from '@jest/globals';
import { RequestRooms } from './request-rooms.js';

test('a hub has half of the memory, the next one a part of the rest', () => {
  const rooms = new RequestRooms(100);
  const ofOne = Array.from({ length: 5 }, () => rooms.enter('one', 10));

  expect(() => rooms.enter('one', 10)).toThrow('try again');
  expect(ofOne[0]!.widen(11)).toBe(false);
  expect(rooms.enter('other', 20).widen(25)).toBe(true);
});

test('a request is refused with the time after which to try again', () => {
  const rooms = new RequestRooms(100);

  expect(() => rooms.enter('one', 51)).toThrow(
    expect.objectContaining({ code: 'ServiceUnavailable', retryAfterMs: 1_000 }),
  );
});

test('what a request has counts until it leaves, and then no more', () => {
  const rooms = new RequestRooms(100);
  const room = rooms.enter('one', 10);

  expect([room.widen(40), room.widen(50), room.widen(20), room.widen(51)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  room.leave();
  expect(rooms.enter('one', 50).widen(50)).toBe(true);
});

test('who has left gets no more, and gives back once', () => {
  const rooms = new RequestRooms(100);
  const room = rooms.enter('one', 10);
  const other = rooms.enter('one', 10);
  room.leave();
  room.leave();

  expect(room.widen(20)).toBe(false);
  expect(room.widen(5)).toBe(false);
  other.leave();
  expect(rooms.enter('two', 50).widen(50)).toBe(true);
});
