import { expect, it } from 'vitest';
import { LEAVE, Leaving } from '../src/leaving.js';

const HINT = { said: '\n(`quit` leaves the debugger.)' };

it('Ctrl-C at db>: takes the line back; on an empty one names quit, and twice in a row asks', () => {
  const leaving = new Leaving();
  expect(leaving.interrupted('show re')).toEqual({ said: '^C' });
  expect(leaving.interrupted('')).toEqual(HINT);
  expect(leaving.interrupted('')).toEqual({ said: '', prompt: LEAVE });
  expect(leaving.entered('y')).toBe('leave');
});

it('whatever comes in between begins anew, and what is no yes stays', () => {
  const leaving = new Leaving();
  leaving.interrupted('');
  expect(leaving.entered('t')).toBeUndefined();
  expect(leaving.interrupted('')).toEqual(HINT);
  expect(leaving.interrupted('x')).toEqual({ said: '^C' });
  expect(leaving.interrupted('')).toEqual(HINT);
  for (const answer of ['', 'n', 'yo', 'show registers']) {
    const asked = new Leaving();
    asked.interrupted('');
    asked.interrupted('');
    expect(asked.entered(answer)).toBe('stay');
    expect(asked.entered('y')).toBeUndefined();
  }
});

it('Ctrl-C at the question takes it back', () => {
  const leaving = new Leaving();
  leaving.interrupted('');
  leaving.interrupted('');
  expect(leaving.interrupted('')).toEqual({ said: '^C' });
  expect(leaving.entered('y')).toBeUndefined();
});
