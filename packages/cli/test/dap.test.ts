import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PassThrough } from 'node:stream';
import { serveStreams } from '@trap12/dap';
import { SOURCES } from '@trap12/system/node.js';
import { afterAll, describe, expect, it } from 'vitest';
import { launcher } from '../src/dap-launch.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SCENARIOS = join(ROOT, 'examples/scenarios');
const scratch = mkdtempSync(join(tmpdir(), 'trap12-dap-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const framed = (message: object): string => {
  const text = JSON.stringify({ type: 'request', ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};

/** What a launch configuration is refused with. */
async function refusal(configuration: Record<string, unknown>, told: string[] = []): Promise<string> {
  return launcher(configuration, { tell: (line) => told.push(line), stop: () => false }).then(
    () => 'it was not refused',
    (error: Error) => error.message,
  );
}

describe('a launch configuration', () => {
  it('that makes no sense is refused in one line', async () => {
    const subjects = 'launch: accepted: one of the attributes report, schedule, scenario, command; found ';
    expect(await refusal({})).toBe(`${subjects}none`);
    expect(await refusal({ command: 'ls', report: 'x' })).toBe(`${subjects}report, command`);
    expect(await refusal({ command: 7 })).toBe('launch: command: accepted: a text');
    expect(await refusal({ command: 'ls', ram: '1K' })).toMatch(
      /^launch: option '--ram <size>' argument '1K' is invalid\. accepted: 4M to 2G/,
    );
    expect(await refusal({ command: 'ls', ncpu: 9 })).toMatch(
      /argument '9' is invalid\. accepted: 1 to 8\.$/,
    );
    expect(await refusal({ command: 'ls', ram: {} })).toBe('launch: ram: accepted: a text or a number');
    expect(await refusal({ command: 'ls', locking: 'none' })).toMatch(/none.*vm_mtx-20010519/s);
    expect(await refusal({ schedule: 'x', program: 'y.ts' })).toBe('launch: program: accepted: with command');
    expect(await refusal({ command: 'x', program: 'none.ts', cwd: scratch })).toMatch(
      /^--program .*none\.ts: ENOENT/,
    );
    expect(await refusal({ schedule: join(scratch, 'none') })).toMatch(/^cannot read .*none: ENOENT/);
    expect(await refusal({ scenario: join(scratch, 'none.ts') })).toMatch(/none\.ts/);
    expect(await refusal({ report: 'none', cwd: scratch })).toMatch(/^cannot read .*none/);
    writeFileSync(join(scratch, 'text'), 'no schedule');
    expect(await refusal({ schedule: 'text', cwd: scratch })).toMatch(/text: it is no schedule/);
    writeFileSync(join(scratch, 'panic'), 'panic: nobody knows\n');
    expect(await refusal({ report: 'panic', cwd: scratch })).toMatch(
      /names no command to load the machine with/,
    );
  });

  it('with an attribute that there is not is told so, and goes on; those of editors are not spoken of', async () => {
    const told: string[] = [];
    const configuration = {
      type: 'trap12',
      name: 'x',
      __sessionId: 1,
      command: 'true',
      ram: '8M',
      rma: '8M',
    };
    const debuggee = await launcher(configuration, { tell: (line) => told.push(line), stop: () => false });
    expect(told).toEqual([
      expect.stringMatching(/^launch: no attribute rma; there are report, schedule, .*\bram\b/),
    ]);
    expect(debuggee.system.machine.ram.bytes).toBe(8 << 20);
    expect(debuggee.opensAtEnd).toBe(false);
  });

  it('of a scenario stands where its threads begin', async () => {
    const host = { tell: () => undefined, stop: () => false };
    const { history, ends, endNs } = await launcher({ scenario: 'ab-ba.ts', cwd: SCENARIOS }, host);
    expect(ends?.()).toBe(undefined);
    expect(history.now()).toBeLessThan(endNs);
    expect(history.run(history.now() + 1e8)).toBe('halt');
  });
});

describe('trap12 dap', () => {
  it('speaks the protocol over standard input and output, and nothing else', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    let text = '';
    output.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    const complaints: string[] = [];
    const over = serveStreams(input, output, {
      launcher,
      sources: SOURCES,
      complain: (l) => complaints.push(l),
    });
    input.write(framed({ seq: 1, command: 'initialize', arguments: { adapterID: 'trap12' } }));
    input.write(framed({ seq: 2, command: 'launch', arguments: { command: 'true', ram: 'much' } }));
    input.end(framed({ seq: 3, command: 'disconnect' }));
    await over;
    expect(text).toContain('"supportsStepBack":true');
    expect(text).toMatch(/"request_seq":3,.*"success":true/);
    expect(complaints).toEqual([]);
    expect(text.split(/Content-Length: \d+\r\n\r\n/)[0]).toBe('');
  });

  it('ends with its client; a port that is taken is an error', async () => {
    const child = spawn(process.execPath, ['packages/cli/bin/trap12.js', 'dap'], { cwd: ROOT });
    const ended = new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status)));
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    child.stdin.write(framed({ seq: 1, command: 'initialize', arguments: {} }));
    child.stdin.write(
      framed({ seq: 2, command: 'launch', arguments: { command: 'sleep 1', stopOnEntry: true } }),
    );
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(text).toMatch(/^Content-Length: \d+\r\n\r\n\{/);

    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const other = spawn(process.execPath, ['packages/cli/bin/trap12.js', 'dap', '--port', String(port)], {
      cwd: ROOT,
    });
    let said = '';
    other.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    const status = await new Promise((resolve) =>
      other.on('close', (code, signal) => resolve(signal ?? code)),
    );
    taken.close();
    expect(status).toBe(2);
    expect(said).toBe(`trap12: dap: port ${port}: it is in use; accepted: a free one, 0 finds one\n`);
  }, 60_000);
});
