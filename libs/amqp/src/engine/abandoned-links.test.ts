import { expect, test } from '@jest/globals';
import { AbandonedLinks } from './abandoned-links.js';

test('each other time a link of a name is to be answered', () => {
  const links = new AbandonedLinks();
  expect(['a', 'b', 'a', 'b', 'a'].map((name) => links.add(name))).toEqual([
    true,
    true,
    false,
    false,
    true,
  ]);
});

test('little is kept: all links of long names are answered, and those of many names again', () => {
  const links = new AbandonedLinks();
  const long = 'x'.repeat(257);
  expect([links.add(long), links.add(long)]).toEqual([true, true]);
  for (let number = 0; number < 17; number += 1) {
    links.add(`link-${number}`);
  }
  expect([links.add('link-0'), links.add('link-16')]).toEqual([true, false]);
});
