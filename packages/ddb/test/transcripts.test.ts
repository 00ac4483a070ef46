import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, Ddb } from '../src/index.js';
import { callToStop, idle, kernelString, machine, runUntil, type Stopped, swappedOut } from './machines.js';
import { Normaliser } from './normalise.js';

/** `#` before a command: its numbers depend on the size of the kernel and are not compared. */
function transcript(m: Stopped, commands: readonly string[]): string {
  const ddb = new Ddb(m.target);
  const names = new Normaliser();
  const out = names.lines(ddb.banner(), false);
  for (const command of commands) {
    const numbers = command.startsWith('#');
    const line = numbers ? command.slice(1) : command;
    out.push(`db> ${line}`.trimEnd(), ...names.lines(ddb.execute(line), numbers));
  }
  return `${out.join('\n')}\n`;
}

const file = (name: string): string => `transcripts/${name}.txt`;

/** Commands that this session has nothing to go on with. */
const GOING = new Set(['continue', 'step', 'next', 'match', 'until']);

describe('golden transcripts (vitest -u rewrites them)', () => {
  let quiet: Stopped;
  beforeAll(async () => {
    quiet = await idle();
  });

  it('looks at a quiet machine: processes, stacks, locks', async () => {
    const commands = [
      't',
      'sh r',
      'ps',
      't 1',
      't 3',
      't 2,2',
      'bt 99',
      '#show threads',
      'show pcpu',
      'show allpcpu',
      'show locks',
      'show alllocks',
      'show lockchain',
      'show lockchain 3',
      'show lock Giant',
      'show lock allproc_lock',
      'show lock vm_mtx',
      '#show proc 1',
      '#show callout',
      '#show intr',
      '#show sleepq',
      'show runq',
      '#show witness',
      'show sysinit',
      'show variables',
    ];
    await expect(transcript(quiet, commands)).toMatchFileSnapshot(file('quiet'));
  });

  it('looks at memory management', async () => {
    const commands = [
      '#show page',
      '#show pageq',
      '#show vmmeter',
      '#show zones',
      '#show malloc',
      '#show swap',
      '#show mount',
      '#show buffer',
      '#show procvm 1',
      '#show object kernel_object',
      'show map exec_map',
      '#show pmap 1',
      '#show pmap 1 bfbffec0',
      '#show pmap 1 0',
      '#show pmap kernel_pmap c0100000',
      '#show msgbuf',
      'show pmap',
      'show map',
      'show object',
    ];
    await expect(transcript(quiet, commands)).toMatchFileSnapshot(file('memory'));
  });

  it('examines, prints, searches, writes', async () => {
    const commands = [
      'x/s version',
      'x/s version+0t7',
      'x/i calltrap,5',
      '',
      '',
      'x/bx version,8',
      'x/hd version,2',
      'x/c version,6',
      'x/aS kernel_map',
      'x/m version,2',
      'x/hm version',
      'x/Ai vm_fault1,2',
      'p 10',
      'p/d 10',
      'p 0t16',
      'p/x 0t255',
      'p/o 8',
      'p/u -1',
      'p/d -1',
      'p/z -1',
      'p/c 41',
      'p/a calltrap+5',
      'p/x 3*(4+5)',
      'p 7#4',
      'p 1<<4|1',
      'p/x *hz',
      'search version 0x70617274',
      'search/b version 32',
      '',
      'search/b version ff ff,4',
      'set $eax = 1234',
      'p $eax',
      'set $radix 0t10',
      'p/d 16',
      'set $radix 16',
      'write hz 65',
      'x/d hz',
      'w/b hz 64',
      'x/d hz',
    ];
    await expect(transcript(await idle(), commands)).toMatchFileSnapshot(file('examine'));
  });

  it('answers what it does not do, and nonsense', async () => {
    const commands = [
      ...COMMANDS.filter((c) => c.manual !== undefined && (/not here/.test(c.help) || GOING.has(c.name))).map(
        (c) => c.name,
      ),
      'foo',
      'sh p',
      'show foo',
      'show',
      'x/',
      'x/q 1',
      'x/3i vm_fault',
      'w/q 1 2',
      't/x',
      '@#!',
      'x/x 0',
      'x/x 10,4',
      'p',
      'p nosuch',
      'p 1/0',
      'p (1',
      'p 1 2',
      'p 12x',
      'p $foo',
      'set $foo 1',
      'set eax 1',
      'set $eax',
      'w',
      'w hz',
      'w 0 1',
      'search',
      'search hz',
      'search 0 1',
      't 12345',
      't ffffffff',
      'show proc 99',
      'show lock 0',
      'show lock version',
      'show page ffffffff',
      'show pcpu 7',
      'show zones hz',
      'show vnode 10',
      'x hz,',
      't ,',
      'x'.repeat(5000),
      '!panic(1)',
    ];
    await expect(transcript(quiet, commands)).toMatchFileSnapshot(file('refusals'));
  });

  it('helps', async () => {
    const commands = [
      'help',
      ...COMMANDS.map((c) => `help ${c.name}`),
      'help show map',
      'help nosuch',
      'help sh nosuch',
      'help s',
    ];
    await expect(transcript(quiet, commands)).toMatchFileSnapshot(file('help'));
  });

  it('stops at a panic', async () => {
    const m = await idle();
    callToStop(m, 'panic', kernelString(m, 'a test of the debugger'));
    const commands = ['t', 'sh r', 'show locks', 'show pcpu', 'p/s', 'x/s *panicstr', 't 1'];
    const text = `${m.console().slice(m.console().indexOf('panic:'))}${transcript(m, commands)}`;
    await expect(text).toMatchFileSnapshot(file('panic'));
  });

  it('tells of a process that is swapped out', async () => {
    const m = await machine({
      command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=24m count=3; sleep 2000',
    });
    runUntil(m, () => swappedOut(m).length > 0, 100e6);
    const pid = swappedOut(m)[0]!;
    const lines = new Ddb(m.target).execute(`t ${pid}`);
    expect(lines).toEqual([`pid ${pid} swapped out: its stack is not in memory`]);
    expect(new Ddb(m.target).execute(`show proc ${pid}`).join('\n')).toContain(
      'swapped out: stack not in memory',
    );
  });
});
