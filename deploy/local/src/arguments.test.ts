import { describe, expect, test } from '@jest/globals';
import { parseStartArguments, parseStatusArguments, refuseArguments } from './arguments.js';

test('without words: one gateway in the foreground, and the limits that the hub has', () => {
  expect(parseStartArguments([])).toEqual({
    mode: 'foreground',
    gateways: 1,
    enginesOnly: false,
    limits: undefined,
  });
});

test('words may stand in any order', () => {
  expect(
    parseStartArguments(['--gateways', '3', '--detach', '--limits', 'tier', '--engines-only']),
  ).toEqual({
    mode: 'detach',
    gateways: 3,
    enginesOnly: true,
    limits: 'tier',
  });
  expect(parseStartArguments(['--gateways=2']).gateways).toBe(2);
  expect(parseStartArguments(['--limits=unlimited']).limits).toBe('unlimited');
});

describe('refused with the usage', () => {
  test.each([
    [['--gateways', '0']],
    [['--gateways', 'many']],
    [['--gateways', '17']],
    [['--gateways']],
  ])('%j', (words) => {
    expect(() => parseStartArguments(words)).toThrow(
      '--gateways needs a whole number from 1 to 16.',
    );
  });

  test.each([[['--limits']], [['--limits', 'none']], [['--limits=']]])('%j', (words) => {
    expect(() => parseStartArguments(words)).toThrow('--limits is tier or unlimited.');
  });

  test('an unknown word', () => {
    expect(() => parseStartArguments(['--deatch'])).toThrow('npm start knows no "--deatch".');
    expect(() => parseStatusArguments(['-j'])).toThrow('npm run status knows no "-j".');
    expect(() => {
      refuseArguments('npm stop', ['now']);
    }).toThrow('npm stop takes no arguments.');
  });
});

test('status speaks JSON when asked to', () => {
  expect(parseStatusArguments(['--json'])).toEqual({ json: true });
  expect(parseStatusArguments([])).toEqual({ json: false });
});
