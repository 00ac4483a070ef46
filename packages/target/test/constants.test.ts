import { loadImage } from '@trap12/system/node.js';
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
  const symbols = new SymbolTable(smallImage({ SZOMB: 5, NOCPU: 255, P_SYSTEM: 0x200 }));
  expect(() => checkConstants(symbols)).toThrow(/^the kernel has no constant .*\bP_KTHREAD\b/);
  expect(() => checkConstants(symbols)).not.toThrow(/SZOMB/);
  const whole = { ...loadImage().constants, SZOMB: 5, NOCPU: 255 };
  expect(() => checkConstants(new SymbolTable(smallImage(whole)))).not.toThrow();
  expect(() => FLAGS({ symbols })).toThrow('no kernel constant P_KTHREAD');
});
