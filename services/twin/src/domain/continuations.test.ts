import { describe, expect, test } from '@jest/globals';
import { Continuations, type Seal } from './continuations.js';

/** Seals nothing: that is the seal's own test. */
const seal: Seal = {
  seal: (content, place) => JSON.stringify([content, place]),
  open: (token, place) => {
    const [content, sealedFor] = JSON.parse(token) as [string, string];
    return sealedFor === place ? content : undefined;
  },
};
const continuations = new Continuations(seal);
const place = { hubGeneration: '7', text: 'SELECT * FROM devices' };
const continuation = { after: { deviceId: 'd', moduleId: 'm' }, given: 5 };

describe('a continuation', () => {
  test('brings back where the page before ended', () => {
    expect(continuations.open(continuations.seal(continuation, place), place)).toEqual(
      continuation,
    );
  });

  test.each([
    { ...place, hubGeneration: '8' },
    { ...place, text: 'SELECT * FROM devices.modules' },
    { hubGeneration: '', text: '7\nSELECT * FROM devices' },
  ])('counts for no other query and hub: %j', (other) => {
    const token = continuations.seal(continuation, place);
    expect(() => continuations.open(token, other)).toThrow('The continuation is not of this query');
  });

  test('is not there on the first page', () => {
    expect(continuations.open(undefined, place)).toEqual({
      after: { deviceId: '', moduleId: '' },
      given: 0,
    });
  });
});
