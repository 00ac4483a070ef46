import { expect, test } from 'vitest';
import { loadOf } from '../src/index.js';

const taken = (given: string): string => loadOf({ recipe: [] }, { given, ramBytes: 64 << 20 }).recipe;

test('letters where a number is to stand are refused wherever the command stands', () => {
  for (const given of [
    'dd if=x bs=N',
    'true; (dd ibs=SIZE of=y)',
    'dd skip=X count=3',
    'sleep 3; hog seq N 1',
  ])
    expect(() => taken(given)).toThrow(/^"\S+" in the command ".*": \w+ stands for a number, a size as 52m/);
});

test('and nowhere else', () => {
  for (const given of [
    'N=5; dd bs=$N',
    "echo 'bs=N'",
    'dd if=A of=B bs=4k',
    'memcheck 12m > LOG',
    'memcheck 12m; echo N',
    'N=3 sleep 1',
  ])
    expect(taken(given)).toBe(given);
});
