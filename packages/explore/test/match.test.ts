import { readFileSync } from 'node:fs';
import { parseReport } from '@trap12/report';
import { describe, expect, test } from 'vitest';
import { EQUIVALENCES, matchReports, MESSAGE_FAMILIES, plainMessage } from '../src/index.js';

const DOC = readFileSync(new URL('../../../docs/reproduce.md', import.meta.url), 'utf8');
const EXAMPLE = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');

/** A panic by panic() as a mailed report has it. */
function panicReport(message: string, frames: readonly string[]) {
  const trace = frames.map((name) => (name.includes('(') ? name : `${name}(c0300000,1) at ${name}+0x4b`));
  return parseReport(
    [
      `panic: ${message}`,
      'Debugger("panic")',
      'Stopped at      Debugger+0x44:  pushl   %ebx',
      'db> t',
      'Debugger(c02e9b3b) at Debugger+0x44',
      'panic(c02e8a60) at panic+0x70',
      ...trace,
      '',
    ].join('\n'),
  );
}

const OURS = panicReport('mutex vm not owned at vm/swap_pager_io.ts:412', [
  'vm_assert_failed',
  'swp_pager_async_iodone',
  'bufdone',
  'ithread_loop',
  'fork_exit',
  'fork_trampoline',
]);

describe('what is the same panic by rule?', () => {
  const rules = (wanted: ReturnType<typeof panicReport>, got = OURS) => {
    const { verdict, differences, equivalences } = matchReports(wanted, got);
    return {
      verdict,
      differences: differences.map((each) => each.what),
      rules: equivalences.map((e) => e.rule),
    };
  };

  test('the same text is, without any rule', () => {
    expect(rules(OURS)).toEqual({ verdict: 'same', differences: [], rules: [] });
    const example = parseReport(EXAMPLE);
    expect(rules(example, example)).toEqual({ verdict: 'same', differences: [], rules: [] });
  });

  test('the same death on a way of which this kernel lacks a function', () => {
    const wanted = panicReport('mutex vm not owned at ../../vm/swap_pager.c:1437', [
      'swp_pager_async_iodone',
      'bufdone',
      'ad_interrupt',
    ]);
    const got = panicReport('mutex vm not owned at vm/swap_pager_io.ts:412', [
      'swp_pager_iodone',
      'swp_pager_async_iodone',
      'bufdone',
      'ad_intr',
    ]);
    expect(matchReports(wanted, got).verdict).toBe('other');
    expect(matchReports(wanted, got, ['ad_interrupt'])).toMatchObject({
      verdict: 'near',
      differences: [{ what: 'functions' }],
    });
    // Of one function out of three it is too little.
    expect(matchReports(wanted, got, ['ad_interrupt', 'bufdone']).verdict).toBe('other');
    // What this kernel has must have been on the way.
    expect(matchReports(wanted, OURS, ['ad_interrupt']).verdict).toBe('near');
    expect(
      matchReports(panicReport('mutex vm not owned', ['vm_fault', 'bufdone', 'x']), got, ['x']).verdict,
    ).toBe('other');
  });

  test('other helpers between panic and its cause, and other ways in', () => {
    const wanted = panicReport('mutex vm not owned at ../../vm/swap_pager.c:1553', [
      '_mtx_assert',
      'swp_pager_async_iodone',
      'bufdone',
      'ithread_execute_handlers',
      'ithread_loop',
      'fork_exit',
      'fork_trampoline',
    ]);
    expect(rules(wanted)).toEqual({ verdict: 'same', differences: [], rules: ['helper frames'] });
  });

  test('a trace that ends early', () => {
    const wanted = panicReport('mutex vm not owned at ../../vm/swap_pager.c:1553', [
      '_mtx_assert',
      'swp_pager_async_iodone',
    ]);
    expect(rules(wanted)).toEqual({ verdict: 'same', differences: [], rules: ['trace cut'] });
  });

  test('an address where another kernel prints file and line; then the kinds of the messages differ, too', () => {
    const frames = ['swp_pager_async_iodone', 'bufdone', 'ithread_loop', 'fork_exit', 'fork_trampoline'];
    const { verdict, rules: used } = rules(panicReport('mutex vm not owned at 0xc0113043', frames));
    expect(verdict).toBe('same');
    expect(used).toEqual(expect.arrayContaining(['place', 'kind of message', 'helper frames']));
  });

  test('a message of another year', () => {
    const frames = ['vm_map_lock', 'vm_fault', 'trap', 'fork_exit', 'fork_trampoline'];
    const wanted = panicReport(
      '__lockmgr_args: recursing on non recursive lockmgr 0xc1 @ /sys/x.c:1',
      frames,
    );
    const got = panicReport('lockmgr: locking against myself', frames);
    const result = rules(wanted, got);
    expect(result.verdict).toBe('same');
    expect(result.rules).toContain('message of another year');
    // A number in it is no other wording.
    const count = (n: number) => panicReport(`vm_page_unwire: invalid wire count: ${n}`, frames);
    const same = rules(count(0), count(1));
    expect(same.verdict).toBe('same');
    expect(same.rules).not.toContain('message of another year');
  });

  test('names with sys_ in front, and numbers of arguments', () => {
    const way = ['syscall', 'Xint0x80_syscall'];
    const wanted = panicReport('vm_page_free: freeing wired page', [
      'vm_page_free(1,2,3,4,5) at vm_page_free+1',
      'sys_mmap',
      ...way,
    ]);
    const got = panicReport('vm_page_free: freeing wired page', [
      'vm_page_free(1) at vm_page_free+9',
      'mmap',
      ...way,
    ]);
    expect(rules(wanted, got)).toEqual({ verdict: 'same', differences: [], rules: ['function names'] });
  });

  test('other registers in the instruction, but not another displacement', () => {
    const registers = parseReport(EXAMPLE.replaceAll('0x3a(%eax)', '0x3a(%ebx)'));
    const displacement = parseReport(EXAMPLE.replaceAll('incw    0x3a(%eax)', 'incl    0x3a(%eax)'));
    expect(rules(registers, parseReport(EXAMPLE)).rules).toContain('registers of the instruction');
    expect(rules(displacement, parseReport(EXAMPLE)).differences).toContain('instruction');
  });
});

describe('what is nearly the same, and what is not?', () => {
  test('another process: the same but for it', () => {
    const wanted = parseReport(EXAMPLE.replace('3 (vmdaemon)', '3 (dd)'));
    const { verdict, differences } = matchReports(wanted, parseReport(EXAMPLE));
    expect(verdict).toBe('near');
    expect(differences).toEqual([
      {
        what: 'process',
        wanted: 'dd',
        got: 'vmdaemon',
        because: 'it was vmdaemon that died, in the report dd',
      },
    ]);
  });

  test('a function more between those of the report: the same but for it, and the words say where', () => {
    const { verdict, differences } = matchReports(
      OURS,
      panicReport('mutex vm not owned at vm/x.ts:1', [
        'swp_pager_iodone',
        'swp_pager_async_iodone',
        'bufdone',
        'ithread_loop',
        'fork_exit',
        'fork_trampoline',
      ]),
    );
    expect(verdict).toBe('near');
    expect(differences.map((each) => each.because)).toEqual([
      'the innermost function is swp_pager_iodone, in the report swp_pager_async_iodone',
    ]);
  });

  test('functions are named as each of the two kernels has them', () => {
    const of = (...frames: string[]): ReturnType<typeof panicReport> =>
      panicReport('vm_page_free: freeing wired page', [
        'vm_page_free',
        ...frames,
        'syscall',
        'Xint0x80_syscall',
      ]);
    const because = (wanted: string[], got: string[]): string[] =>
      matchReports(of(...wanted), of(...got)).differences.map((each) => each.because);
    expect(because(['sys_exit'], ['wait1', 'exit'])).toEqual([
      'behind vm_page_free comes wait1, in the report sys_exit',
    ]);
    expect(because(['_vm_map_delete', 'sys_exit'], ['vm_map_delete', 'sys_wait4'])).toEqual([
      'behind _vm_map_delete comes sys_wait4, in the report sys_exit',
    ]);
    expect(because(['sys_exit'], ['exit', 'kern_wait'])).toEqual(['it was called from kern_wait besides']);
  });

  test('another lock, another message, another trap: not', () => {
    const other = panicReport('mutex Giant not owned at vm/x.ts:412', ['swp_pager_async_iodone', 'bufdone']);
    expect(matchReports(OURS, other).verdict).toBe('other');
    expect(matchReports(OURS, parseReport(EXAMPLE)).verdict).toBe('other');
    const fault = parseReport(EXAMPLE.replace('= 0x3a\n', '= 0x40\n'));
    const match = matchReports(parseReport(EXAMPLE), fault);
    expect(match.verdict).toBe('other');
    expect(match.differences.every((each) => each.because !== '')).toBe(true);
  });
});

test('are messages compared without what differs between builds?', () => {
  expect(plainMessage('mutex vm not owned at ../../vm/swap_pager.c:1553')).toEqual(
    plainMessage('mutex vm not owned at vm/swap_pager_io.ts:412'),
  );
  expect(plainMessage('free: multiple freed item 0xc1234560').text).toBe(
    plainMessage('free: multiple freed item 0xc7654321').text,
  );
  expect(plainMessage('spin lock sched lock held by 0xc1234567 for > 5 seconds').text).toBe(
    plainMessage('spin lock 0xc0abcde0 (sched lock) held by 0xc1234567 (tid 100003) too long').text,
  );
  expect(plainMessage('mutex vm not owned at x.c:1').text).not.toBe(
    plainMessage('mutex vm owned at x.c:1').text,
  );
});

test('does the document list every rule?', () => {
  for (const [rule, text] of Object.entries(EQUIVALENCES)) expect(DOC).toContain(`| ${rule} | ${text} |`);
});

test('are the messages that the document pairs the same by rule, and of the meaning that it gives them?', () => {
  const section = DOC.slice(DOC.indexOf('| what they mean |'));
  const rows = [...section.matchAll(/^\| ([^|`]+) \| `([^`]+)` \| `([^`]+)` \|$/gm)];
  expect(rows.map((row) => row[1])).toEqual(MESSAGE_FAMILIES.map((each) => each.means));
  for (const [, means, ours, theirs] of rows) {
    const [a, b] = [ours!, theirs!].map((text) => plainMessage(text.replace('FILE:LINE', 'vm/x.c:12')));
    expect(a!.means).toBe(means);
    expect(b!.text).toBe(a!.text);
  }
});
