import { expect, test } from 'vitest';
import { checkConstants, kernelConstants, kernelFlags, SymbolTable } from '../src/index.js';
import { smallImage } from './image.js';

const K = kernelConstants('SZOMB', 'NOCPU');
const FLAGS = kernelFlags('P_', 'SYSTEM', 'KTHREAD');

test('do readers get the values of the kernel that they look at?', () => {
  const one = new SymbolTable(smallImage({ SZOMB: 5, NOCPU: 255, P_SYSTEM: 0x200, P_KTHREAD: 4 }));
  const other = new SymbolTable(smallImage({ SZOMB: 6, NOCPU: 255, P_SYSTEM: 0x200, P_KTHREAD: 8 }));
  expect([K({ symbols: one }).SZOMB, K({ symbols: other }).SZOMB]).toEqual([5, 6]);
  expect(FLAGS({ symbols: other })).toEqual({ SYSTEM: 0x200, KTHREAD: 8 });
  expect(Object.keys(FLAGS({ symbols: one }))).toEqual(['SYSTEM', 'KTHREAD']);
});

test('is a name that the kernel does not have an error by that name, before anybody reads it?', () => {
  const names = ['SZOMB', 'NOCPU', 'P_SYSTEM', 'IDT_SYSCALL', 'MAXCPU', 'PAGE_SIZE', 'SEL_UPL', 'UPAGES'];
  const most = [...names, 'KERNBASE', 'T_DOUBLEFLT'];
  const symbols = new SymbolTable(smallImage(Object.fromEntries(most.map((name) => [name, 1]))));
  expect(() => checkConstants(symbols)).toThrow('the kernel has no constant P_KTHREAD');
  const whole = new SymbolTable(smallImage({ ...symbols.image.constants, P_KTHREAD: 1 }));
  expect(() => checkConstants(whole)).not.toThrow();
  expect(() => FLAGS({ symbols })).toThrow('no kernel constant P_KTHREAD');
});
