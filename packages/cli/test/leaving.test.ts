import { COMMANDS } from '@trap12/ddb';
import { expect, it } from 'vitest';
import { LEAVE, Leaving, leavesBy } from '../src/leaving.js';

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

it('who wants to leave by the word of another debugger is told how; no command is taken for that', () => {
  for (const line of ['quit', ' exit', 'Quit']) expect(leavesBy(line)).toBe('leaves');
  for (const line of ['q', 'Q', 'qui', ':q', ':q!', '\\q', 'quit()', 'exit;', '.exit', 'bye', 'logout'])
    expect(leavesBy(line), line).toBe('told');
  const begins = COMMANDS.flatMap(({ name }) => [...name].map((_, i) => name.slice(0, i + 1)));
  for (const line of [...begins, '', 'show q', 'p q', 'quit now'])
    expect(leavesBy(line), line).toBeUndefined();
});
