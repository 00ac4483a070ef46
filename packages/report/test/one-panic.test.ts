import { expect, it } from 'vitest';
import { parseReport, type Report, renderReport } from '../src/index.js';

/* Which lines of a text are of one panic: what stands in front of its message, what a writer says between. */

const MESSAGE = 'panic: zorp_free: freeing a wired zorp\ncpuid = 1\n';

const BACKTRACES = {
  'FreeBSD, at the prompt of a script':
    'db:0:kdb.enter.default>  bt\nTracing pid 812 tid 100065 td 0xfffff80004a47000\nkdb_enter() at kdb_enter+0x3b/frame 0xfffffe0095ac22e0\nvpanic() at vpanic+0x19b/frame 0xfffffe0095ac2340\npanic() at panic+0x43/frame 0xfffffe0095ac23a0\nzorp_free() at zorp_free+0x1c/frame 0xfffffe0095ac23d0\nzorp_close() at zorp_close+0x31/frame 0xfffffe0095ac2410\nfork_exit() at fork_exit+0x83/frame 0xfffffe0095ac2910\n',
  'FreeBSD, without a prompt':
    'kdb_enter() at kdb_enter+0x3b/frame 0xfffffe0095ac22e0\nvpanic() at vpanic+0x19b/frame 0xfffffe0095ac2340\npanic() at panic+0x43/frame 0xfffffe0095ac23a0\nzorp_free() at zorp_free+0x1c/frame 0xfffffe0095ac23d0\nzorp_close() at zorp_close+0x31/frame 0xfffffe0095ac2410\n',
  OpenBSD:
    'ddb{1}> trace\ndb_enter() at db_enter+0x10\npanic(ffffffff81f0b2c4) at panic+0xbf\nzorp_free(fffffd8065d4b000) at zorp_free+0x1c\nzorp_close(fffffd8065d4b000) at zorp_close+0x31\nproc_trampoline() at proc_trampoline+0x1c\nend of kernel\n',
  'NetBSD, of a dump':
    'crash> bt\nvpanic() at vpanic+0x14a\npanic() at panic+0x3c\nzorp_free() at zorp_free+0x1c\nzorp_close() at zorp_close+0x31\ncrash> dmesg\n',
};
const LABELS = {
  nothing: '',
  'a blank line': '\n',
  'the label of the message buffer': '\nmsgbuf.txt:\n\n',
  'a boot in that buffer': '\nmsgbuf.txt:\n\nCopyright (c) 1992-2019 The FreeBSD Project.\n',
  'a warning':
    'lock order reversal:\n 1st 0xc2d1a2b4 zorp (zorp) @ zorp.c:10\n 2nd 0xc2d1a2c8 frob (frob) @ zorp.c:20\n',
};

for (const [system, backtrace] of Object.entries(BACKTRACES))
  it.each(
    Object.entries(LABELS),
  )(`a backtrace in front of its message is of that panic (${system}): %s`, (_, label) => {
    const report = parseReport(`${backtrace}${label}${MESSAGE}`);
    expect(report.title).toBe('panic: zorp_free: freeing a wired zorp in zorp_free');
    expect(report.others.filter((each) => each.kind === 'panic')).toEqual([]);
  });

it('a backtrace in front of a message that the writer tells of as another panic stays alone', () => {
  const other = 'And last week, before the update, I got another one here:\n\n';
  const report = parseReport(`${BACKTRACES['FreeBSD, without a prompt']}\n${other}${MESSAGE}`);
  expect(report.message).toBeUndefined();
  expect(report.others).toHaveLength(1);
});

it('a backtrace in front of a panic that has another one of its own stays alone', () => {
  const own =
    'KDB: stack backtrace:\nvpanic() at vpanic+0x19b\npanic() at panic+0x43\nfrob_drop() at frob_drop+0x11\nfrob_close() at frob_close+0x31\n';
  const report = parseReport(`${BACKTRACES['FreeBSD, without a prompt']}${MESSAGE}${own}`);
  expect(report.others).toHaveLength(1);
});

const CONSOLE = `${MESSAGE}time = 1547148503\nKDB: stack backtrace:\nvpanic() at vpanic+0x1b4\npanic() at panic+0x43\nzorp_free() at zorp_free+0x6a\nzorp_close() at zorp_close+0x9a\n`;

it.each([
  'no wait, that is the older one.  Today it was:',
  'This was with the old driver. Since the update it is',
  'Sorry, wrong file.',
])('a message that is only mentioned does not win over the console below it: %s', (words) => {
  const report = parseReport(
    `With the test machine:\n\npanic: frob_drop: not in use\n\n${words}\n\n${CONSOLE}`,
  );
  expect(report.title).toBe('panic: zorp_free: freeing a wired zorp in zorp_free');
  expect(report.others.map((each) => each.message?.value)).toEqual(['frob_drop: not in use']);
});

it.each([
  '',
  '\n',
  'Uptime: 1h2m3s\n\nfrob0: link state changed to down\n\n',
])('the first of two panics of a console stays the one: %j', (between) => {
  const report = parseReport(`panic: frob_drop: not in use\n${between}${CONSOLE}`);
  expect(report.message?.value).toBe('frob_drop: not in use');
});

const NUMBERED =
  'panic: zorp_get: bad magic\ncpuid = 2\nKDB: stack backtrace:\n#0 0xffffffff8092a6d6 at kdb_backtrace+0x66\n#1 0xffffffff808f0e4e at panic+0x1ce\n#2 0xffffffff8072dc4e at zorp_get+0x6e\n#3 0xffffffff8072f0f1 at zorp_open+0x1a1\n';
const names = ({ frames }: Report): string[] => frames.map((each) => each.function);

it.each([
  '',
  '#4 0xffffffff8072f1f1 at fork_exit+0x9a\n#5 0xffffffff8072f2f1 at fork_trampoline+0xe\n',
])('a frame that is quoted again is no further frame of the trace: %j', (rest) => {
  const report = `${NUMBERED}${rest}Uptime: 3h20m9s\n`;
  const own = names(parseReport(report));
  for (const mark of ['', '> ', '> > ']) {
    const quoted = `${mark}#2 0xffffffff8072dc4e at zorp_get+0x6e\n`;
    const more = `${mark}#3 0xffffffff8072f0f1 at zorp_open+0x1a1\n`;
    for (const tail of [quoted, quoted + more]) {
      const source = `${report}\n--- Comment 1 ---\n${tail}\nIs that with a debugging kernel?\n`;
      expect(names(parseReport(source))).toEqual(own);
      expect(renderReport(parseReport(source), { text: source })).not.toMatch(/ends in zorp_get/);
    }
  }
});

it('a frame of a smaller number that the trace has not is of another trace', () => {
  const source = `${NUMBERED}Uptime: 3h20m9s\n\nAnd in the other one\n\n#2 0xffffffff80aa0000 at frob_drop+0x11\n#3 0xffffffff80aa1000 at frob_close+0x31\n`;
  expect(names(parseReport(source))).toEqual(names(parseReport(NUMBERED)));
});

it('two processors that print at once lose no frame where a blank line stands after each line', () => {
  const functions = ['kdb_backtrace', 'panic', 'zorp_get', 'zorp_open', 'sys_open', 'amd64_syscall'];
  const others = ['kdb_backtrace', 'panic', 'zorp_get', 'frob_poll', 'frob_loop', 'fork_exit'];
  const frame = (name: string, i: number): string =>
    `#${i} 0xffffffff8072${i}${name.length.toString(16).padStart(2, '0')}e at ${name}+0x6e`;
  const lines = functions.flatMap((name, i) => [frame(name, i), frame(others[i]!, i)]);
  const source = ['panic: zorp_get: bad magic', 'cpuid = 2', 'KDB: stack backtrace:', ...lines];
  const read = (text: string): string[][] => {
    const { frames, otherTraces } = parseReport(text);
    return [frames, ...otherTraces.map((each) => each.frames)].map((each) => each.map((f) => f.function));
  };
  expect(read(`${source.join('\n\n')}\n`)).toEqual(read(`${source.join('\n')}\n`));
});
