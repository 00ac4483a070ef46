import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { explainReportCommand, type ExplainReportArgs, type Report } from '../src/index.js';
import { TEXTS } from './texts/index.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'trap12-report-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function run(args: ExplainReportArgs, stdin?: string, terminal = false) {
  let stdout = '';
  let stderr = '';
  const status = await explainReportCommand(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => Buffer.from(stdin ?? ''),
    terminal,
  });
  return { status, stdout, stderr };
}

it('explains the example', async () => {
  const { status, stdout, stderr } = await run({ input: EXAMPLE });
  expect(status).toBe(0);
  expect(stderr).toBe('');
  for (const text of [
    'What happened',
    'two faults, one inside the other',
    'dd if=/dev/zero of=/dev/null bs=N',
    'minus 12 MB',
    'eip              0xc027a13e',
  ]) {
    expect(stdout).toContain(text);
  }
});

it('gives JSON that is the report', async () => {
  const { status, stdout } = await run({ input: '-', json: true }, readFileSync(EXAMPLE, 'utf8'));
  expect(status).toBe(0);
  const report = JSON.parse(stdout) as Report;
  expect(report.schema).toBe(2);
  expect(report.trap?.faultAddress?.value).toBe('0x3a');
});

it('gives a title', async () => {
  const { stdout } = await run({ input: EXAMPLE, title: true });
  expect(stdout).toBe('page fault in get_ptbase (kernel write null+0x3a, met in vm_fault1)\n');
});

it('says in one line what it looked for, and exits with 2', async () => {
  for (const text of ['', 'Dear all,\nthe weather is fine today.\n', 'panic\n']) {
    const { status, stdout, stderr } = await run({ input: '-' }, text);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^-: not a panic report: .*Fatal trap.*\n$/);
  }
});

it('exits with 2 for a file that is not there', async () => {
  const { status, stderr } = await run({ input: join(directory, 'none') });
  expect(status).toBe(2);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

it('sorts a directory by signature', async () => {
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(directory, `${name}.txt`), text);
  // The same panic of another machine: other addresses, other numbers.
  writeFileSync(
    join(directory, 'again.txt'),
    TEXTS['kmem-map']!.replaceAll('c145', 'd166').replace('335544320', '402653184'),
  );
  writeFileSync(join(directory, 'letter.txt'), 'no panic here\n');
  const { status, stdout, stderr } = await run({ input: '-', bucket: directory }, undefined, true);
  expect(status).toBe(0);
  const count = Object.keys(TEXTS).length;
  expect(stdout).toContain(`${count + 1} reports, ${count} signatures\n     2  panic: kmem_malloc`);
  expect(stdout).toContain(`1 of ${count + 2} files are no reports`);
  expect(stderr).toContain(`/${count + 2}`);
});
