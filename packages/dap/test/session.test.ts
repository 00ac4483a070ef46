import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCES } from '@trap12/system/node.js';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, closeAll, connected, machines, serve } from './client.js';

type Set = DebugProtocol.SetBreakpointsResponse['body'];

const fault = join(SOURCES, 'vm/vm_fault.ts');
const machine = (): (typeof machines)[0] => machines.at(-1)!;
const step = (): number => machine().history.step + 1;

let client: Client;
let port = 0;
beforeAll(async () => {
  ({ port } = await serve());
  client = await connected(port);
});
afterAll(async () => {
  await client.stop();
  closeAll();
});

const setFunctions = (...breakpoints: object[]): Promise<Set> =>
  client.ask('setFunctionBreakpoints', { breakpoints });
const setLines = (path: string, ...lines: number[]): Promise<Set> =>
  client.ask('setBreakpoints', { source: { path }, breakpoints: lines.map((line) => ({ line })) });

describe('a session', () => {
  it('tells where breakpoints are, and stops at them', async () => {
    let lines: Set | undefined;
    let functions: Set | undefined;
    const stop = await client.open(
      { options: { command: 'sleep 1; ls /bin /sbin; ps; echo done' } },
      async () => {
        lines = await setLines(fault, 1, 99_999);
        functions = await setFunctions({ name: 'nanosleep' }, { name: 'no_such' });
        await setLines(fault);
      },
    );
    const [first, none] = lines!.breakpoints;
    expect(first).toMatchObject({ verified: true, source: { path: fault } });
    expect(first!.line).toBeGreaterThan(1);
    const site = machine().system.symbols.site(Number(first!.instructionReference))!;
    expect([site.file, site.line]).toEqual(['vm/vm_fault.ts', first!.line]);
    expect(none).toMatchObject({ verified: false, message: 'the machine can stand nowhere below this line' });
    expect(functions!.breakpoints[1]).toMatchObject({
      verified: false,
      message: 'the kernel has no function no_such',
    });
    expect(stop).toMatchObject({
      reason: 'function breakpoint',
      hitBreakpointIds: [functions!.breakpoints[0]!.id],
      allThreadsStopped: true,
      description: `function breakpoint, step ${step()}`,
    });
    expect(await client.place()).toMatch(/^nanosleep kern\/kern_time.ts:\d+$/);
    expect(client.output).toContain('made\n');
    expect(client.output).toContain('Mounting root from memfs');
  });

  it('has processes as threads, each with its stack', async () => {
    const { threads } = await client.ask<DebugProtocol.ThreadsResponse['body']>('threads');
    const { memory } = machine().system;
    const own = memory.field('proc', machine().system.machine.cpu.context, 'p_pid');
    expect(threads.find(({ id }) => id === own)!.name).toBe('sleep, runs');
    expect(threads.find(({ id }) => id === 1)!.name).toBe('init, waits: wait');
    const frames = await client.frames();
    expect(frames.map(({ name }) => name).slice(0, 3)).toEqual(['nanosleep', 'syscall', 'calltrap']);
    expect(frames[3]).toMatchObject({
      presentationHint: 'label',
      name: expect.stringMatching(/^--- syscall 0xf0, /),
    });
    for (const frame of frames)
      if (frame.source?.path !== undefined) expect(existsSync(frame.source.path)).toBe(true);
    const init = await client.ask<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId: 1,
      levels: 2,
    });
    expect(init.stackFrames.map(({ name }) => name)).toEqual(['cpu_switch', 'mi_switch']);
    expect(init.totalFrames).toBeGreaterThan(4);
    expect(await client.refusal('stackTrace', { threadId: 999 })).toBe('there is no process 999');
  });

  it('opens variables by the types of the image, as far as somebody looks', async () => {
    await client.go('next');
    const [top] = await client.frames(1);
    const locals = await client.scope(top!.id, 'Locals');
    const p = locals.find(({ name }) => name === 'p')!;
    expect(p).toMatchObject({ type: 'proc', evaluateName: 'p' });
    const { context } = machine().system.machine.cpu;
    expect(Number(p.memoryReference)).toBe(context >>> 0);
    const fields = await client.variables(p.variablesReference);
    expect(fields).toHaveLength(p.namedVariables!);
    expect(fields.find(({ name }) => name === 'p_comm')).toMatchObject({
      value: '"sleep"',
      indexedVariables: machine().system.symbols.constant('MAXCOMLEN') + 1,
    });
    const comm = fields.find(({ name }) => name === 'p_comm')!;
    const letters = await client.variables(comm.variablesReference, {
      filter: 'indexed',
      start: 1,
      count: 2,
    });
    expect(letters.map(({ name, value }) => [name, Number(value)])).toEqual([
      ['[1]', 'l'.charCodeAt(0)],
      ['[2]', 'e'.charCodeAt(0)],
    ]);
    const space = await client.variables(fields.find(({ name }) => name === 'p_vmspace')!.variablesReference);
    expect(space.find(({ name }) => name === 'vm_refcnt')!.value).toBe('1');
    expect(await client.value('p->p_vmspace.vm_map.nentries', 'hover', top!.id)).toBe(
      String(machine().system.memory.field('proc', context, 'p_vmspace.vm_map.nentries')),
    );
    const registers = await client.scope(top!.id, 'Registers');
    expect(registers.find(({ name }) => name === 'edi')!.value).toBe('not kept');
    expect(registers.find(({ name }) => name === 'eip')!.value).toMatch(/^0xc01\w+ nanosleep\+0x/);
    expect((await client.scope(top!.id, 'CPU')).find(({ name }) => name === 'curproc')!.value).toBe(p.value);
  });

  it('evaluates what the debugger knows, and what the source calls things', async () => {
    expect(await client.value('1 + 2')).toBe('0x3');
    expect(await client.value('vm_fault')).toMatch(/^0xc01\w+ vm_fault$/);
    expect(await client.value('PTmap')).toBe('0xbfc00000');
    expect(await client.value('curproc.p_comm', 'repl')).toMatch(/./);
    expect(await client.value('show threads', 'repl')).toContain('sleep');
    expect(await client.value('nonsense here', 'repl')).toBe('No such command');
    expect(await client.refusal('evaluate', { expression: 'no_such', context: 'watch' })).toBe(
      'Symbol not found',
    );
    expect(await client.refusal('evaluate', { expression: 'cnt.no_such', context: 'watch' })).toMatch(
      /^cnt, vmmeter at 0x\w+, has no part no_such$/,
    );
    const { targets } = await client.ask<DebugProtocol.CompletionsResponse['body']>('completions', {
      text: 'show lock',
      column: 10,
    });
    expect(targets.map(({ label }) => label)).toEqual(['lock', 'lockchain', 'locks']);
  });

  it('tells which locks are held', async () => {
    await setFunctions({ name: 'vm_fault1' });
    await client.go('continue');
    await setFunctions();
    // Into the function, where the map is locked.
    for (let i = 0; i < 40; i++) {
      const [top] = await client.frames(1);
      const held = await client.scope(top!.id, 'Locks held');
      if (held.length > 0) {
        expect(held[0]!.value).toMatch(/^(exclusive|shared) \(.*\) \S+.* locked @ \S+:\d+$/);
        expect(await client.value('show locks', 'repl')).toBe(held.map(({ value }) => value).join('\n'));
        return;
      }
      await client.go('next');
    }
    throw new Error('no lock was held');
  });
});

describe('steps', () => {
  it('by line: over calls, into them, out of them, and back to the line before', async () => {
    await setFunctions({ name: 'vm_fault1' });
    await client.go('continue');
    await setFunctions();
    const passed: [string, number][] = [];
    for (let i = 0; i < 8; i++) {
      passed.push([await client.place(), step()]);
      expect((await client.go('next')).reason).toBe('step');
      expect(await client.place()).toMatch(/^vm_fault1 /);
    }
    expect(new Set(passed.map(([place]) => place)).size).toBe(8);
    for (const before of passed.toReversed()) {
      expect((await client.go('stepBack')).reason).toBe('step');
      expect([await client.place(), step()]).toEqual(before);
    }
    // Behind the beginning of the function: the line that calls it.
    await client.go('stepBack');
    expect(await client.place()).toMatch(/^vm_fault vm\/vm_fault.ts/);
    await client.go('stepIn');
    expect(await client.place()).not.toMatch(/^vm_fault /);
    await client.go('stepOut');
    expect(await client.place()).toMatch(/^vm_fault /);
  });

  it('by instruction: one step into calls, or over them, and one back', async () => {
    await setFunctions({ name: 'vm_map_lookup' });
    await client.go('continue');
    await setFunctions();
    const from = step();
    await client.go('stepIn', { granularity: 'instruction' });
    expect(step()).toBe(from + 1);
    await client.go('stepBack', { granularity: 'instruction' });
    expect(step()).toBe(from);
    let called = false;
    for (let i = 0; i < 30 && !called; i++) {
      const before = step();
      await client.go('next', { granularity: 'instruction' });
      expect(await client.place()).toMatch(/^vm_map_lookup /);
      called = step() > before + 1;
    }
    expect(called).toBe(true);
  });

  it('are those of what stands', async () => {
    expect(await client.refusal('next', { threadId: 1 })).toMatch(
      /^process 1 does not stand on the processor: process \d+ does/,
    );
    expect(await client.refusal('stepBack', { granularity: 'mile' })).toBe(
      'granularity: accepted: statement, line, instruction',
    );
  });
});

describe('data breakpoints', () => {
  it('stop behind the store that changes a field, and before it on the way back', async () => {
    const { dataId, accessTypes } = await client.ask<DebugProtocol.DataBreakpointInfoResponse['body']>(
      'dataBreakpointInfo',
      { name: 'cnt.v_vm_faults' },
    );
    const { memory, symbols } = machine().system;
    const address = symbols.address('cnt') + symbols.offset('vmmeter', 'v_vm_faults');
    expect(dataId).toBe(`0x${address.toString(16)},4`);
    expect(accessTypes).toEqual(['write', 'read', 'readWrite']);
    const { breakpoints } = await client.ask<Set>('setDataBreakpoints', { breakpoints: [{ dataId }] });
    expect(breakpoints[0]).toMatchObject({ verified: true });
    const count = memory.u32(address);
    const stop = await client.go('continue');
    expect(stop).toMatchObject({ reason: 'data breakpoint', hitBreakpointIds: [breakpoints[0]!.id] });
    expect(memory.u32(address)).toBe(count + 1);
    expect(client.output).toMatch(/cnt\+0x14 \w+ = \w+ stored by vm_fault1\+0x/);
    const behind = step();
    expect((await client.go('continue')).reason).toBe('data breakpoint');
    const back = await client.go('reverseContinue');
    expect(back).toMatchObject({ reason: 'data breakpoint', hitBreakpointIds: [breakpoints[0]!.id] });
    expect(memory.u32(address)).toBe(count + 1);
    expect(step()).toBeGreaterThanOrEqual(behind);
    await client.go('reverseContinue');
    expect([step(), memory.u32(address)]).toEqual([behind - 1, count]);
    const [top] = await client.frames(1);
    expect(symbols.site(Number(top!.instructionPointerReference))!.kind).toMatch(/store|rmw/);
  });

  it('are refused where there is nothing to watch', async () => {
    const info = (args: object): Promise<{ dataId: string | null; description: string }> =>
      client.ask('dataBreakpointInfo', args);
    const [top] = await client.frames(1);
    expect((await info({ name: 'map', frameId: top!.id })).dataId).toBe(null);
    const { breakpoints } = await client.ask<Set>('setDataBreakpoints', {
      breakpoints: [{ dataId: '0x10,4' }, { dataId: 'c,d' }, { dataId: '0xc0100000,4', accessType: 'some' }],
    });
    expect(breakpoints.map(({ verified, message }) => [verified, message])).toEqual([
      [false, 'address 0x10 is not mapped'],
      [false, 'accepted: 1 to 4096 bytes'],
      [false, 'accessType: accepted: write, read, readWrite'],
    ]);
    await client.ask('setDataBreakpoints', { breakpoints: [] });
  });
});

describe('breakpoints', () => {
  it('count, have conditions, or only tell something', async () => {
    const faults = (): number => {
      const { memory, symbols } = machine().system;
      return memory.u32(symbols.address('cnt') + symbols.offset('vmmeter', 'v_vm_faults'));
    };
    const before = faults();
    client.output = '';
    await setFunctions({ name: 'vm_fault1', logMessage: 'a fault at {vaddr}, {no_such}' });
    await setLines(fault);
    await client.ask('setInstructionBreakpoints', { breakpoints: [] });
    const { breakpoints } = await client.ask<Set>('setInstructionBreakpoints', {
      breakpoints: [
        {
          instructionReference: `0x${machine().system.symbols.address('vm_map_lookup').toString(16)}`,
          condition: `cnt.v_vm_faults >= ${before + 3}`,
        },
        { instructionReference: '0xc0000000' },
      ],
    });
    expect(breakpoints.map(({ verified }) => verified)).toEqual([true, false]);
    const stop = await client.go('continue');
    expect(stop.reason).toBe('instruction breakpoint');
    expect(faults()).toBe(before + 3);
    expect(client.output.match(/a fault at 0x\w+, \{no_such: Symbol not found\}\n/g)).toHaveLength(2);
    await client.ask('setInstructionBreakpoints', { breakpoints: [] });
    await setFunctions({ name: 'vm_fault1', hitCondition: '2' }, { name: 'vm_fault', hitCondition: 'often' });
    await client.go('continue');
    expect(faults()).toBe(before + 4);
    await setFunctions();
  });
});

describe('memory', () => {
  it('is disassembled, exactly as much as asked for', async () => {
    const { symbols } = machine().system;
    const at = symbols.address('vm_fault');
    const ask = async (args: object): Promise<DebugProtocol.DisassembledInstruction[]> =>
      (await client.ask<DebugProtocol.DisassembleResponse['body'] & object>('disassemble', args))
        .instructions;
    const forwards = await ask({ memoryReference: `0x${at.toString(16)}`, instructionCount: 20 });
    expect(forwards).toHaveLength(20);
    expect(forwards[0]).toMatchObject({
      instruction: 'pushl\t%ebp',
      symbol: 'vm_fault',
      instructionBytes: '55',
    });
    expect(forwards.find(({ line }) => line !== undefined)!.location!.path).toBe(fault);
    const later = forwards[10]!.address;
    const back = await ask({ memoryReference: later, instructionOffset: -10, instructionCount: 20 });
    expect(back.slice(0, 10)).toEqual(forwards.slice(0, 10));
    const nowhere = await ask({ memoryReference: '0x0', instructionOffset: -2, instructionCount: 4 });
    expect(nowhere.map(({ presentationHint }) => presentationHint)).toEqual(Array(4).fill('invalid'));
  });

  it('is read as far as it is mapped, and written; in the past that makes another history', async () => {
    const { system, history } = machine();
    const { memory, symbols } = system;
    const cnt = symbols.address('cnt');
    const read = (args: object): Promise<{ data: string; unreadableBytes?: number }> =>
      client.ask('readMemory', args);
    const reference = `0x${cnt.toString(16)}`;
    const { data } = await read({ memoryReference: reference, offset: 0x14, count: 4 });
    expect(Buffer.from(data, 'base64').readUInt32LE()).toBe(memory.u32(cnt + 0x14));
    expect(await read({ memoryReference: '0x10', count: 8 })).toMatchObject({ data: '', unreadableBytes: 8 });
    expect(await read({ memoryReference: '0xfffffffe', count: 8 })).toMatchObject({ unreadableBytes: 8 });
    await client.go('stepBack');
    const { end } = history;
    expect(history.step).toBeLessThan(end);
    const bytes = Buffer.from([7, 0, 0, 0]).toString('base64');
    await client.ask('writeMemory', { memoryReference: reference, offset: 0x14, data: bytes });
    expect(memory.u32(cnt + 0x14)).toBe(7);
    expect(history.end).toBe(history.step);
    expect(client.output).toContain('what came after stays');
    expect(await client.refusal('writeMemory', { memoryReference: '0x10', data: bytes })).toBe(
      'address 0x10 is not mapped: nothing was written',
    );
    const { variablesReference } = await client.ask<DebugProtocol.EvaluateResponse['body']>('evaluate', {
      expression: 'cnt',
      context: 'watch',
    });
    const set = await client.ask<{ value: string }>('setVariable', {
      variablesReference,
      name: 'v_vm_faults',
      value: '12',
    });
    expect(Number(set.value)).toBe(12);
    expect(memory.u32(cnt + 0x14)).toBe(12);
  });
});

describe('the ends', () => {
  it('are power-on, and the halt, behind which the session is over', async () => {
    const first = await client.go('reverseContinue');
    expect(first).toMatchObject({ reason: 'entry', description: 'there is no such place since power-on' });
    expect(step()).toBe(1);
    expect(await client.value('continue', 'repl')).toBe('');
    await client.waitForEvent('stopped');
    expect(client.stops.at(-1)).toMatchObject({
      reason: 'exit',
      description: 'the machine has halted, status 0',
    });
    expect(client.output).toContain('done\n');
    expect((await client.go('stepBack')).reason).toBe('step');
    await client.go('continue');
    const over = Promise.all([client.waitForEvent('terminated'), client.waitForEvent('exited')]);
    await client.send('continue', {});
    expect((await over)[1].body).toEqual({ exitCode: 0 });
  });

  it('can be begun anew', async () => {
    const before = machines.length;
    await setFunctions({ name: 'nanosleep' });
    const stopped = client.waitForEvent('stopped');
    await client.send('restart', {});
    expect((await stopped).body).toMatchObject({ reason: 'function breakpoint' });
    expect(machines).toHaveLength(before + 1);
    await setFunctions();
  });
});

describe('reads', () => {
  it('stop behind a load, and before it on the way back, if reads are asked for', async () => {
    const { system } = machine();
    const { dataId } = await client.ask<{ dataId: string }>('dataBreakpointInfo', { name: 'kernel_map' });
    const { breakpoints } = await client.ask<Set>('setDataBreakpoints', {
      breakpoints: [{ dataId, accessType: 'read' }],
    });
    const id = breakpoints[0]!.id;
    const stop = await client.go('continue');
    expect(stop).toMatchObject({ reason: 'data breakpoint', hitBreakpointIds: [id] });
    expect(client.output).toMatch(/kernel_map \w+ accessed by \w+/);
    const behind = step();
    await client.go('reverseContinue');
    expect(step()).toBe(behind - 1);
    const [top] = await client.frames(1);
    const site = system.symbols.site(Number(top!.instructionPointerReference))!;
    expect([site.kind, site.instruction]).toEqual(['load', expect.stringContaining('kernel_map')]);
  });
});
