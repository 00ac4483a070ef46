import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { COMMANDS, Ddb, QUIT } from '@trap12/ddb';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { expect, it } from 'vitest';
import { DebuggerPrompt } from '../src/ddb-prompt.js';
import { endKey, LEAVE, Leaving, leavesBy } from '../src/leaving.js';

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

it('Ctrl-C where output waits ends that, and counts as nothing at the prompt behind it', () => {
  const leaving = new Leaving();
  expect(leaving.interrupted('', true)).toEqual({ said: '^C' });
  expect(leaving.interrupted('')).toEqual(HINT);
  expect(leaving.interrupted('', true)).toEqual({ said: '^C' });
  expect(leaving.interrupted('')).toEqual(HINT);
});

it('Ctrl-C at the question takes it back', () => {
  const leaving = new Leaving();
  leaving.interrupted('');
  leaving.interrupted('');
  expect(leaving.interrupted('')).toEqual({ said: '^C' });
  expect(leaving.entered('y')).toBeUndefined();
});

it('Ctrl-D on an empty line asks at once; at the question it takes that back', () => {
  const leaving = new Leaving();
  expect(leaving.ended()).toEqual({ said: '', prompt: LEAVE });
  expect(leaving.ended()).toEqual({ said: '^D' });
  expect(leaving.entered('y')).toBeUndefined();
  leaving.ended();
  expect(leaving.entered('no')).toBe('stay');
  leaving.ended();
  expect(leaving.entered('y')).toBe('leave');
});

it('Ctrl-D is a key to the line editor, and the end of its input an end', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines = createInterface({ input, output, terminal: true });
  let [pressed, closed] = [0, 0];
  const release = endKey(input, lines, () => pressed++);
  lines.on('close', () => closed++);
  const type = async (keys: string): Promise<void> => {
    input.write(keys);
    await new Promise((resolve) => setImmediate(resolve));
  };
  // In the middle of a line it is none of ours.
  await type('ab\x02\x04');
  expect([pressed, lines.line]).toEqual([0, 'a']);
  await type('\x15\x04');
  await type('\x04');
  expect([pressed, closed]).toEqual([2, 0]);
  input.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect([pressed, closed]).toEqual([2, 1]);
  release();
});

it('who wants to leave by the word of another debugger is told how; no command is taken for that', () => {
  for (const line of ['quit', ' exit', 'Quit']) expect(leavesBy(line)).toBe('leaves');
  for (const line of ['q', 'Q', 'qui', ':q', ':q!', '\\q', 'quit()', 'exit;', '.exit', 'bye', 'logout'])
    expect(leavesBy(line), line).toBe('told');
  const begins = COMMANDS.flatMap(({ name }) => [...name].map((_, i) => name.slice(0, i + 1)));
  for (const line of [...begins, '', 'show q', 'p q', 'quit now'])
    expect(leavesBy(line), line).toBeUndefined();
});

it('help at db> has what leaves it, in the list and alone; a session without a prompt has not', async () => {
  const { target } = createSystem(await loadKernel(), { ramBytes: 4 << 20, swapBytes: 0, command: 'true' });
  const { ddb } = new DebuggerPrompt(target);
  const words = [QUIT.name, ...QUIT.aliases!];
  expect(ddb.execute('help').find((line) => line.startsWith('quit'))).toMatch(/^quit +leaves the debugger/);
  for (const word of words) {
    expect(leavesBy(word)).toBe('leaves');
    expect(ddb.execute(`help ${word}`).slice(0, 2)).toEqual([
      'NAME',
      '     quit, exit - leaves the debugger, and gives the machine up (at `db>`)',
    ]);
    expect(new Ddb(target).execute(`help ${word}`)).toEqual(['No such command']);
  }
  expect(ddb.complete('qu')).toEqual(['quit']);
  // Behind the short forms of a command the same may stand as behind its name.
  for (const command of ['sh', 'sho', 'show'])
    expect(ddb.complete(`${command} pag`)).toEqual(['page', 'pageq']);
  for (const command of ['hel', 'help']) expect(ddb.complete(`${command} sho`)).toEqual(['show']);
  // Of `s`, which is `step`, no words are known but symbols.
  expect(ddb.complete('s vm_daemo')).toEqual(ddb.complete('x vm_daemo'));
});
