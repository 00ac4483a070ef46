import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

/* What the name of a function says of its place in a backtrace, and where a line of a console ends. */

describe('labels of the code by which a trap of sparc64 enters the kernel', () => {
  it.each(
    'data_error data_recover data_miss data_fault dataerror text_error text_recover text_miss text_fault instr_miss winfix datafault'.split(
      ' ',
    ),
  )('%s is not the function to look at', (label) => {
    const source = `panic: trap type 0x32 (data access error): pc=11e0d84 npc=11e0d88 pstate=820006<PRIV,IE>
Stopped at      Debugger+0x8:   nop
ddb> trace
panic(15b3f68, 32, 15b3c50, 11e0d84, 11e0d88, e00171f8) at panic+0x94
data_access_error(e00173f0, 32, 7f600300058, 8000000000, 40009b2c0, 0) at data_access_error+0x1ec
${label}(40009a000, 58, 7f600300058, 0, 0, 1) at ${label}+0x8c
zorp_read(40009a000, 0, 0, 0, 7f600300000, 0) at zorp_read+0x1c
zorp_attach(40009a000, 1, 0, 0, 0, 0) at zorp_attach+0x68
`;
    expect(parseReport(source).ownFrames[0]).toBe('zorp_read');
  });
});

describe('timers', () => {
  const TIMERS =
    'callout_stop callout_halt callout_reset callout_schedule _callout_stop_safe callout_reset_sbt_on callout_reset_bycpu callout_cancel untimeout timeout_add timeout_add_msec timeout_del timeout_del_barrier'.split(
      ' ',
    );
  const trace = (names: readonly string[]): string =>
    `panic: bad zorp\ncpuid = 0\nKDB: stack backtrace:\n${['panic', ...names].map((each) => `${each}() at ${each}+0x1c\n`).join('')}`;

  it.each(TIMERS)('%s is called by the function to look at', (name) => {
    expect(parseReport(trace([name, 'zorp_stop', 'zorp_detach'])).ownFrames[0]).toBe('zorp_stop');
  });

  it.each(TIMERS)('%s is the function to look at where nothing else is left', (name) => {
    expect(parseReport(trace([name, 'fork_exit', 'fork_trampoline'])).ownFrames[0]).toBe(name);
  });
});

describe('what lldb shows of a function that was inlined', () => {
  it('is its own name, with its arguments', () => {
    const source = `(lldb) bt
* thread #1, name = '(pid 77) zorpd'
  * frame #0: 0xffffffff80b652ca kernel\`vpanic(fmt="bad zorp") at kern_shutdown.c:975:2
    frame #1: 0xffffffff80b65053 kernel\`panic(fmt=<unavailable>) at kern_shutdown.c:899:2
    frame #2: 0xffffffff80c56e8c kernel\`zorp_poll [inlined] zorp_get(zp=0xfffff80012f04740) at zorp.c:37:3
    frame #3: 0xffffffff80c56e80 kernel\`zorp_poll(zp=0xfffff80012f04740) at zorp.c:77:3
`;
    const frames = parseReport(source).frames.slice(-2);
    expect(frames.map((each) => each.function)).toEqual(['zorp_get', 'zorp_poll']);
    expect(frames[0]).toMatchObject({ args: ['0xfffff80012f04740'], argNames: ['zp'], inlined: true });
    expect(frames[0]?.source).toEqual({ file: 'zorp.c', line: 37 });
  });
});

describe('the message of a panic during the sync', () => {
  // As wide as a mailer breaks lines, as a console, and in between.
  const WORDS = ['', ' a', ' now', ' of all', ' by zorpd'];
  const NEXT = [
    'Uptime: 23m31s',
    'Dumping 1129 out of 8150 MB:..2%..11%',
    'dumping to dev 0,1 offset 2097415',
    'done',
    'Automatic reboot in 15 seconds - press a key on the console to abort',
    'Rebooting...',
    'giving up on 12 buffers',
  ];
  const message = (more: string): string => `zorp: pid 271, not the holder 0 of what it unlocks${more}`;

  it.each(NEXT)('ends where the console goes on: %s', (next) => {
    for (const more of WORDS) {
      const source = `panic: frob: locking\n\nsyncing disks... panic: ${message(more)}\n${next}\n`;
      const [second] = parseReport(source).others;
      expect(second?.message?.value).toBe(message(more));
    }
  });

  it('ends where a blank line follows in a text that has few of them', () => {
    for (let width = 66; width <= 82; width++) {
      const head = 'syncing disks... panic: ';
      const own = 'zorp: not the holder of what it unlocks '.padEnd(width - head.length, 'z');
      const source = `frob0: detached\npanic: frob: locking\n\n${head}${own}\n\nfrob1 has gone away now\n`;
      expect(parseReport(source).others[0]?.message?.value).toBe(own);
    }
  });
});

describe('the years of a trap block', () => {
  const block = (banner: string, frame: string): string => `${banner}
Fatal trap 12: page fault while in kernel mode
fault virtual address   = 0xc
fault code              = supervisor write, page not present
instruction pointer     = 0x8:0xc02a4a2c
stack pointer           = 0x10:0xd3f8ab3c
frame pointer           = 0x10:0xd3f8ab6c
code segment            = base 0x0, limit 0xfffff, type 0x1b
                        = DPL 0, pres 1, def32 1, gran 1
processor eflags        = interrupt enabled, resume, IOPL = 0
current process         = 173 (mutt)
kernel: type 12 trap, code=0
Stopped at      zorp_read+0x4c4:      orl     $0x20,0xc(%eax)
db> trace
zorp_read(d4e1e5c0,d3f8ac74,0,c1b2d580,c1b2d580) at zorp_read+0x4c4
${frame}(d3f8abf0,d3f8ac10,c02009e3,d3f8abf0,d3f8abe4) at ${frame}+0x1d
`;
  const printed = (source: string): string =>
    renderReport(parseReport(source), { text: source }).replace(/\s+/g, ' ');

  it('are told of FreeBSD', () => {
    expect(printed(block('', '_mtx_lock_flags'))).toContain('is of 5.2 or before');
  });

  it.each([
    ['it may be of DragonFly', '', 'zorp_open'],
    ['a function is of DragonFly', '', 'lwkt_gettoken'],
    ['the writer says so', 'On DragonFly 1.2 I have this about daily:\n', 'zorp_open'],
    ['a release of DragonFly', 'DragonFly 3.0.2-RELEASE #0: Fri Apr  8 2012', 'zorp_open'],
  ])('are not told where %s', (_, banner, frame) => {
    const text = printed(block(banner, frame));
    expect(text).not.toContain('is of 5.2 or before');
    expect(text).not.toContain('built for a single processor');
  });
});

describe('a command in a sentence', () => {
  const recipe = (words: string): string[] =>
    parseReport(`panic: bad zorp\ncpuid = 3\n\n${words}\n`).recipe.map((each) => each.text);

  it.each([
    ['Reproducer, cc -o zorp zorp.c -lpthread && ./zorp', 'cc -o zorp zorp.c -lpthread && ./zorp'],
    ['To reproduce, run cc -o zorp zorp.c; ./zorp 3', 'cc -o zorp zorp.c; ./zorp 3'],
    ['To reproduce, run cc -o zorp zorp.c ; ../zorp/run 3.', 'cc -o zorp zorp.c ; ../zorp/run 3'],
    ['To reproduce, run mount -t tmpfs tmpfs /mnt && ./zorp 3', 'mount -t tmpfs tmpfs /mnt && ./zorp 3'],
  ])('goes on with a program of the same directory: %s', (words, command) => {
    expect(recipe(words)).toEqual([command]);
  });

  it.each(['&&', ';', '|', '||', '; &&'])('does not end in what joins two: %s', (mark) => {
    expect(recipe(`To reproduce, run mount -t tmpfs tmpfs /mnt ${mark} and wait`)).toEqual([
      'mount -t tmpfs tmpfs /mnt',
    ]);
    expect(recipe(`How to repeat:\n\n# mount -t tmpfs tmpfs /mnt ${mark}\n`)).toEqual([
      'mount -t tmpfs tmpfs /mnt',
    ]);
  });

  it.each([
    ['>How-To-Repeat:\n1. service zorpd start\n2. frobnicate, then close it', 'service zorpd start'],
    ['>How-To-Repeat:\n\tservice zorpd onestop', 'service zorpd onestop'],
    ['To reproduce:\n\n\tservice jail onestop www', 'service jail onestop www'],
    ['>How-To-Repeat:\n\tdhcpcd axe0', 'dhcpcd axe0'],
    ['>How-To-Repeat:\n\tdhcpcd axe0, and unplug it while it is running.', 'dhcpcd axe0'],
    ['>How-To-Repeat:\n\tcd /usr/src/regress/zorp && make', 'cd /usr/src/regress/zorp && make'],
    ['To reproduce: frobd on vlan100, then\n\n  ifconfig vlan100 destroy', 'ifconfig vlan100 destroy'],
  ])('is read: %s', (words, command) => {
    expect(recipe(words)).toEqual([command]);
  });

  it.each([
    'How to repeat:\n\nThe service zorpd starts at boot.',
    '>How-To-Repeat:\n\tcd /usr/src/regress/zorp',
  ])('is not read where there is none: %s', (words) => {
    expect(recipe(words)).toEqual([]);
  });
});
