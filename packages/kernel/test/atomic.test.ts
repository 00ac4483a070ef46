import { beforeAll, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';

const STUBS = `
export let panicstr: str = null;
export let smp_started: int = 0;
export let test_word: int = 0;
export function panic(fmt: str, ...args: va_list): never {
  machine_stop($i32($addr(fmt)));
}
`;

let u: Unit;
beforeAll(async () => {
  u = await unit(['i386/atomic.ts'], STUBS, { intr_disable: () => 0x200, intr_restore: () => {} });
});

const word = (): number => u.load32(u.address('test_word')) | 0;

/**
 * Two processors raise the word at once: the second one's turn comes between the read and the write of the
 * first.
 */
function both(): unknown[] {
  const first = u.start('nonatomic_add_int', u.address('test_word'), 1);
  const begun = first.next();
  const second = u.start('nonatomic_add_int', u.address('test_word'), 1);
  while (!second.next().done);
  let end = begun;
  while (!end.done) end = first.next();
  return [begun.done, end.value];
}

it('an increment without lock prefix: can two processors lose one?', () => {
  u.store32(u.address('test_word'), 1);
  u.store32(u.address('smp_started'), 1);
  expect(both()).toEqual([false, 2]);
  expect(word()).toBe(2);
});

it('and can one processor?', () => {
  u.store32(u.address('test_word'), 1);
  u.store32(u.address('smp_started'), 0);
  expect(both()).toEqual([true, 2]);
  expect(word()).toBe(3);
});
