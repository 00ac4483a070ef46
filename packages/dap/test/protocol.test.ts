import { createConnection, type Socket } from 'node:net';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, describe, expect, it } from 'vitest';
import { listen } from '../src/index.js';
import { closeAll, connected, machines, serve, takenPort } from './client.js';

afterAll(closeAll);

const OPTIONS = { command: 'sleep 1; echo done' };
const framed = (message: string): string => `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`;

/** A client that writes what it likes. */
function raw(port: number): {
  socket: Socket;
  text: () => string;
  until(wanted: string): Promise<void>;
  closed: Promise<void>;
} {
  const socket = createConnection(port, '127.0.0.1');
  let text = '';
  let wake: () => void = () => undefined;
  socket.on('data', (chunk) => {
    text += chunk.toString('utf8');
    wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve();
      wake();
    });
  });
  const until = async (wanted: string): Promise<void> => {
    while (!text.includes(wanted)) {
      if (socket.destroyed) throw new Error(`it was closed without "${wanted}":\n${text}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { socket, text: () => text, until, closed };
}

describe('requests that make no sense', () => {
  it('are answered in one line, and the session goes on', async () => {
    const { port } = await serve();
    const client = await connected(port);
    expect(await client.refusal('threads')).toBe('it was not refused');
    expect(await client.refusal('stackTrace', { threadId: 1 })).toBe('there is no machine: launch one first');
    expect(await client.refusal('constructor')).toBe('no request constructor');
    expect(await client.refusal('launch', { wrong: 1 })).toBe('launch: wrong is wrong');
    expect(await client.refusal('initialize', { pathFormat: 'uri' })).toBe(
      'initialize: pathFormat: accepted: path',
    );
    await client.open({ options: OPTIONS, stopOnEntry: true });
    expect(await client.refusal('launch', { options: OPTIONS })).toBe('launch: there is a machine already');
    expect(await client.refusal('stackTrace', { threadId: 'one' })).toBe(
      'stackTrace: threadId: accepted: an integer',
    );
    expect(await client.refusal('stackTrace', undefined)).toBe('stackTrace: threadId: accepted: an integer');
    expect(await client.refusal('variables', { variablesReference: 12345 })).toBe(
      'there is no variable 12345 at this stop',
    );
    expect(await client.refusal('scopes', { frameId: 1 })).toBe('there is no frame 1 at this stop');
    expect(await client.refusal('setBreakpoints', { source: { path: 'x' }, breakpoints: 'all' })).toBe(
      'setBreakpoints: breakpoints: accepted: a list',
    );
    expect(await client.refusal('readMemory', { memoryReference: 'here', count: 1 })).toBe(
      'readMemory: memoryReference: accepted: an address: 0x0 to 0xffffffff',
    );
    expect(await client.refusal('readMemory', { memoryReference: '0x0', count: 1e9 })).toBe(
      'readMemory: count: accepted: 0 to 1048576',
    );
    expect(await client.refusal('writeMemory', { memoryReference: '0xc0100000', data: '*' })).toBe(
      'writeMemory: data: accepted: base64',
    );
    expect(await client.refusal('disassemble', { memoryReference: '0xc0100000', instructionCount: -1 })).toBe(
      'disassemble: instructionCount: accepted: 0 to 10000',
    );
    expect(await client.refusal('source', { sourceReference: 99_999 })).toBe('source: no source 99999');
    expect(await client.value('show threads', 'repl')).toBe('no process');
    await client.stop();
  });

  it('of no form at all are told of; a length that cannot be ends the connection', async () => {
    const { port, complaints } = await serve();
    const one = raw(port);
    one.socket.write(framed('{"seq":1,"type":"request","command":'));
    await one.until('not understood');
    one.socket.write(framed('null') + framed('[]') + framed('{"type":"response"}'));
    // In pieces, and two at once.
    const threads = framed('{"seq":2,"type":"request","command":"threads"}');
    for (const letter of threads.slice(0, 30)) one.socket.write(letter);
    one.socket.write(threads.slice(30) + threads);
    await one.until('"request_seq":2');
    one.socket.end();
    await one.closed;
    expect(one.text().match(/"request_seq":2/g)).toHaveLength(2);
    for (const header of [
      'Content-Length: 99999999999\r\n\r\n',
      'Content-Length: x\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ]) {
      const two = raw(port);
      two.socket.write(header);
      await two.closed;
      expect(two.text()).toBe('');
    }
    const three = raw(port);
    three.socket.write('x'.repeat(10_000));
    await three.closed;
    expect(complaints).toEqual([
      'dap: not the protocol: a message of no bytes; accepted: up to 4194304',
      'dap: not the protocol: a message of no bytes; accepted: up to 4194304',
      'dap: not the protocol: a message of no bytes; accepted: up to 4194304',
      'dap: not the protocol: a header without an end',
    ]);
  });
});

describe('a port', () => {
  it('serves two clients at once, each with its own machine', async () => {
    const { port } = await serve();
    const [a, b] = await Promise.all([connected(port), connected(port)]);
    const functions = { breakpoints: [{ name: 'nanosleep' }] };
    const stops = await Promise.all([
      a.open({ options: OPTIONS }, () => a.send('setFunctionBreakpoints', functions)),
      b.open({ options: { command: 'echo other', seed: 4 } }),
    ]);
    expect(stops.map(({ reason }) => reason)).toEqual(['function breakpoint', 'exit']);
    expect(await a.place()).toMatch(/^nanosleep /);
    expect(b.output).toContain('other\n');
    expect(a.output).not.toContain('other');
    await b.stop();
    await a.go('next');
    await a.stop();
  });

  it('forgets a client that goes away while its machine runs, and serves the next', async () => {
    const { port } = await serve();
    const gone = raw(port);
    const launch = JSON.stringify({ options: { command: 'while :; do :; done' } });
    gone.socket.write(framed('{"seq":1,"type":"request","command":"initialize","arguments":{}}'));
    gone.socket.write(framed(`{"seq":2,"type":"request","command":"launch","arguments":${launch}}`));
    await gone.until('"event":"initialized"');
    gone.socket.write(framed('{"seq":3,"type":"request","command":"configurationDone"}'));
    await gone.until('Mounting root');
    const { system } = machines.at(-1)!;
    gone.socket.destroy();
    const next = await connected(port);
    await next.open({ options: OPTIONS, stopOnEntry: true });
    const then = system.machine.now();
    for (let i = 0; i < 20; i++) await next.ask('threads');
    expect(system.machine.now()).toBe(then);
    await next.stop();
  });

  it('that is taken is an error', async () => {
    const options = {
      launcher: () => Promise.reject(new Error('no')),
      sources: '.',
      complain: () => undefined,
    };
    await expect(listen(await takenPort(), options)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('a machine that runs', () => {
  it('can be paused, and answers what needs no stand', async () => {
    const { port } = await serve();
    const client = await connected(port);
    await client.open({ options: { command: 'while :; do :; done' }, stopOnEntry: true });
    await client.send('continue', {});
    expect(await client.refusal('stackTrace', { threadId: 1 })).toBe('the machine runs: pause it first');
    expect(await client.refusal('next', {})).toBe('the machine runs: pause it first');
    expect(await client.refusal('continue', {})).toBe('the machine runs already');
    expect(await client.ask('threads')).toEqual({ threads: [] });
    const hit = client.waitForEvent('stopped');
    const { breakpoints } = await client.ask<DebugProtocol.SetBreakpointsResponse['body']>(
      'setFunctionBreakpoints',
      { breakpoints: [{ name: 'hardclock' }] },
    );
    expect((await hit).body).toMatchObject({ hitBreakpointIds: [breakpoints[0]!.id] });
    await client.send('setFunctionBreakpoints', { breakpoints: [] });
    await client.send('continue', {});
    expect((await client.go('pause')).reason).toBe('pause');
    expect(await client.frames()).not.toEqual([]);
    const { history, system } = machines.at(-1)!;
    const here = [history.step, system.machine.now()];
    // A way back through all of the past can be given up; breakpoints that are set meanwhile are set
    // afterwards.
    await client.send('reverseContinue', {});
    const changed = client.waitForEvent('breakpoint');
    const paused = client.waitForEvent('stopped');
    await client.send('setDataBreakpoints', { breakpoints: [{ dataId: '0x10,4' }] });
    await client.send('pause', {});
    expect((await changed).body.breakpoint).toMatchObject({
      verified: false,
      message: 'address 0x10 is not mapped',
    });
    expect((await paused).body.reason).toBe('pause');
    expect([history.step, system.machine.now()]).toEqual(here);
    const over = client.waitForEvent('terminated');
    await client.send('continue', {});
    await client.send('terminate', {});
    await over;
    await client.stop();
  });
});

describe('a panic', () => {
  it('is where a session opens that is to open at the end, whatever breakpoints there are', async () => {
    const { port } = await serve('/nonexistent');
    const client = await connected(port);
    const options = { command: 'memcheck 20m', locking: 'vm_mtx-20010519', swapBytes: 64 << 20 };
    const stop = await client.open({ options, opensAtEnd: true }, () =>
      client.send('setFunctionBreakpoints', { breakpoints: [{ name: 'vm_fault' }] }),
    );
    expect(stop).toMatchObject({ reason: 'exception', text: 'debugger' });
    const frames = await client.frames();
    expect(frames.some(({ name }) => name === 'panic')).toBe(true);
    const info = await client.ask<DebugProtocol.ExceptionInfoResponse['body']>('exceptionInfo', {
      threadId: 1,
    });
    expect(info).toMatchObject({ exceptionId: 'panic', breakMode: 'always' });
    expect(client.output).toContain(`panic: ${info.description}`);
    expect(info.details!.stackTrace).toMatch(/^panic\(/m);
    // Where the kernel's sources are not on this computer, the listing stands in.
    const { sourceReference, path } = frames[0]!.source!;
    expect(path).toBe(undefined);
    const { content } = await client.ask<DebugProtocol.SourceResponse['body']>('source', {
      source: { sourceReference },
      sourceReference,
    });
    const { system } = machines.at(-1)!;
    const site = system.symbols.site(Number(frames[0]!.instructionPointerReference))!;
    expect(content.split('\n')[frames[0]!.line - 1]).toContain(site.instruction);
    // Now the breakpoint counts.
    expect(await client.go('reverseContinue')).toMatchObject({ reason: 'function breakpoint' });
    expect(await client.place()).toMatch(/^vm_fault /);
    await client.send('setFunctionBreakpoints', { breakpoints: [] });
    expect(await client.go('continue')).toMatchObject({ reason: 'exception' });
    await client.stop();
  }, 120_000);
});
