import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM_SOURCES } from '@trap12/system/node.js';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, closeAll, connected, machines, serve } from './client.js';

type Set = DebugProtocol.SetBreakpointsResponse['body'];

/** Somebody's own program; nothing in it is imported. */
const OWN = `/** own: the sum of the first numbers. */
let total: int = 0;

function add(i: int): int {
  total = total + i;
  return total;
}

export function main(argc: int, argv: ptr<str>): int {
  for (let i = 1; i <= 5; i++) {
    add(i);
    total = total + 0;
  }
  printf('%d %d\\n', $i32(strlen(argv[0])), total);
  return 0;
}
`;
const line = (text: string): number => OWN.split('\n').findIndex((each) => each.includes(text)) + 1;
const STRLEN = join(PROGRAM_SOURCES, 'userland/usr/lib/libc/string/strlen.ts');
const scratch = mkdtempSync(join(tmpdir(), 'trap12-dap-'));
const own = join(scratch, 'own.ts');

let client: Client;
beforeAll(async () => {
  writeFileSync(own, OWN);
  client = await connected((await serve()).port);
});
afterAll(async () => {
  await client.stop();
  closeAll();
  rmSync(scratch, { recursive: true });
});

const setFunctions = (...names: string[]): Promise<Set> =>
  client.ask('setFunctionBreakpoints', { breakpoints: names.map((name) => ({ name })) });
const setLines = (path: string, ...breakpoints: object[]): Promise<Set> =>
  client.ask('setBreakpoints', { source: { path }, breakpoints });
const step = (): number => machines.at(-1)!.history.step + 1;

describe('breakpoints in programs', () => {
  it('are at functions by name: of a program, of the kernel; what there is not is said', async () => {
    let set: Set | undefined;
    const stop = await client.open({ options: { command: 'own' }, program: own }, async () => {
      set = await setFunctions(
        'own:main',
        'kernel:dumpsys',
        'own:none',
        'none:main',
        'main',
        'a:b:c',
        'own:',
      );
    });
    expect(set!.breakpoints.map(({ verified, message }) => message ?? verified)).toEqual([
      ...[
        true,
        true,
        'own has no function none',
        'there is no program none',
        'the kernel has no function main',
      ],
      ...['accepted: FUNCTION, kernel:FUNCTION, PROGRAM:FUNCTION', 'own has no function '],
    ]);
    expect(stop).toMatchObject({
      reason: 'function breakpoint',
      hitBreakpointIds: [set!.breakpoints[0]!.id],
      description: `function breakpoint, step ${step()}`,
    });
    const [top, caller] = await client.frames(2);
    expect([top!.name, top!.source!.path, caller!.name]).toEqual(['main', own, 'start']);
    expect(OWN.split('\n')[top!.line - 1]).toContain('function main(');
    const locals = await client.scope(top!.id, 'Locals');
    expect(locals.find(({ name }) => name === 'argc')!.value).toBe('1');
    expect(await client.value('argv[0]', 'watch', top!.id)).toContain('"own"');
  });

  it('are in the lines of its source, with conditions and log points by its variables', async () => {
    const at = line('total + 0');
    const set = await setLines(
      own,
      { line: at, condition: 'i == 4' },
      { line: line('total + i'), logMessage: 'adds {i} to {total}' },
      { line: 999 },
    );
    expect(set.breakpoints.map(({ verified, line: shown }) => [verified, shown])).toEqual([
      ...[
        [true, at],
        [true, line('total + i')],
        [false, 999],
      ],
    ]);
    const stop = await client.go('continue');
    expect(stop).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [set.breakpoints[0]!.id] });
    const [top] = await client.frames(1);
    expect([top!.name, top!.line]).toEqual(['main', at]);
    expect(await client.value('total', 'hover', top!.id)).toBe('10');
    const locals = await client.scope(top!.id, 'Locals');
    expect(locals.find(({ name }) => name === 'i')).toMatchObject({ value: '4', type: 'int' });
    const reference = (await client.ask<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: top!.id }))
      .scopes[0]!.variablesReference;
    expect(
      await client.refusal('setVariable', { variablesReference: reference, name: 'i', value: '9' }),
    ).toMatch(/^i cannot be set: /);
    const told = client.output.match(/^adds .*$/gm);
    expect(told).toEqual(['adds 1 to 0', 'adds 2 to 1', 'adds 3 to 3', 'adds 4 to 6']);
  });

  it('stop on the way back as on the way there, and steps are those of its lines', async () => {
    const there = step();
    await setLines(own, { line: line('total + i') });
    await client.go('continue');
    expect(await client.place()).toBe(`add ${own}:${line('total + i')}`);
    await client.go('stepOut');
    await client.go('next');
    expect(step()).toBeGreaterThan(there);
    await client.go('reverseContinue');
    await client.go('reverseContinue');
    const [, caller] = await client.frames(2);
    expect(await client.value('i', 'watch', caller!.id)).toBe('4');
    expect(step()).toBeLessThan(there);
  });

  it('in a file that programs share are in each of them; one of the kernel is not in a program', async () => {
    await setLines(own);
    const set = await setLines(STRLEN, { line: 4 });
    expect(set.breakpoints[0]).toMatchObject({ verified: true, source: { path: STRLEN } });
    await setFunctions();
    const seen: string[] = [];
    await client.go('reverseContinue');
    for (; !seen.includes('own'); await client.go('continue')) {
      const [top] = await client.frames(1);
      expect([top!.name, top!.source!.path, top!.line]).toEqual(['strlen', STRLEN, 4]);
      seen.push(machines.at(-1)!.system.program!.name);
    }
    expect([...new Set(seen)]).toEqual(['sh', 'own']);
    const none = await setLines(join(scratch, 'none.ts'), { line: 1 });
    expect(none.breakpoints[0]!.message).toBe('neither the kernel nor a program has such a file');
  });
});
