import { expect, test } from 'vitest';
// @ts-expect-error a module without types
import { changedFirst, changedParts, partOf } from './test-order.mjs';

test('do the tests of changed packages come first, and the others in their order behind them?', () => {
  const files = [
    'packages/a/test/1.test.ts',
    'packages/b/test/2.test.ts',
    'tools/x.test.ts',
    'packages/b/test/3.test.ts',
  ];
  expect(changedFirst(files, new Set(['packages/b']))).toEqual([files[1], files[3], files[0], files[2]]);
  expect(changedFirst(files, new Set())).toEqual(files);
  expect(partOf('packages/kernel/src/vm/vm_map.ts')).toBe('packages/kernel');
});

test('is what git says understood, and nothing changed where there is no git?', () => {
  const git = (...args: string[]): string =>
    ({ 'merge-base': 'abc', diff: 'packages/a/src/x.ts\ndocs/y.md', 'ls-files': 'tools/z.mjs' })[args[0]!] ??
    '';
  expect([...changedParts(git)]).toEqual(['packages/a', 'docs', 'tools']);
  expect([...changedParts(() => '')]).toEqual([]);
  // A clone of a branch has no main of its own, and one's own main has what one has committed there.
  const bases = (known: string) => {
    let base = '';
    changedParts((...args: string[]) => {
      if (args[0] === 'diff') base = args[2]!;
      return args[0] === 'merge-base' && args[2] === known ? `left ${known}` : '';
    });
    return base;
  };
  expect(['origin/main', 'main', 'neither'].map(bases)).toEqual(['left origin/main', 'left main', 'HEAD']);
});
