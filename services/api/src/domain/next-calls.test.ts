import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { NextCalls } from './next-calls.js';

function setUp() {
  const begun: { name: string; resolve: (answer: string) => void; reject: (e: Error) => void }[] =
    [];
  const calls = new NextCalls<string>();
  const call = (name = 'a'): Promise<string> =>
    calls.call(
      name,
      () =>
        new Promise((resolve, reject) => {
          begun.push({ name, resolve, reject });
        }),
    );
  return { begun, call };
}

test('who comes while a call is under way shares the next one, and hears nothing from before', async () => {
  const { begun, call } = setUp();
  const first = call();
  const later = [call(), call(), call()];
  expect(begun).toHaveLength(1);

  begun[0]!.resolve('before');
  await expect(first).resolves.toBe('before');
  await turn();
  expect(begun).toHaveLength(2);
  begun[1]!.resolve('after');
  await expect(Promise.all(later)).resolves.toEqual(['after', 'after', 'after']);
});

test('a call under way is not joined, however many wait for its end', async () => {
  const { begun, call } = setUp();
  void call();
  void call();
  begun[0]!.resolve('first');
  await turn();
  const last = call();
  begun[1]!.resolve('second');
  await turn();
  begun[2]!.resolve('third');
  await expect(last).resolves.toBe('third');
});

test('a failure is that of its own call alone', async () => {
  const { begun, call } = setUp();
  const first = call();
  const second = call();
  begun[0]!.reject(new Error('lost'));
  await expect(first).rejects.toThrow('lost');
  await turn();
  begun[1]!.resolve('found');
  await expect(second).resolves.toBe('found');
});

test('other names do not wait, and a name that has ended begins at once', async () => {
  const { begun, call } = setUp();
  void call('a');
  void call('b');
  expect(begun.map(({ name }) => name)).toEqual(['a', 'b']);
  begun[0]!.resolve('');
  await turn();
  void call('a');
  expect(begun).toHaveLength(3);
});
