import { describe, expect, it } from 'vitest';
import { loadKernel } from '@trap12/system/node.js';
import { output, run } from './boot.js';

const MB = 1 << 20;
const PAGE = 4096;

/** The part of a listing between two marks. */
function sections(text: string): string[] {
  return text.split('----\n');
}

describe('files', () => {
  it('ls, mkdir, rm, cp, mv, touch, chmod, cat, wc, head, tail, sort, grep: what is there, and what is in it?', async () => {
    const sh = (await loadKernel()).executables.find((e) => e.name === 'sh')?.file.length;
    const script = `
cd /tmp; mkdir -p a/b; touch a/x; echo hello > a/y; cp a/y a/b/z; mv a/x a/w; chmod 600 a/y; ls a; echo ----
ls -a a | cat; echo ----
ls -l a; echo ----
ls -R a; ls -F a; echo ----
ls -ld /tmp/a /dev/null; ls nosuch; echo ----
rmdir a; rm a; rm -rf a; ls a; rm -f a; rm a; mkdir /; rmdir /nosuch; echo ----
jot 20 | head -3; jot 20 | tail -2; jot 20 | wc -l; echo b a c | wc; seq 3 -1 1 | sort; seq 10 | sort -rn | head -1; echo ----
echo a > f; echo b >> f; cat f - < /etc/motd; cat f f | tee g | wc -l; cat nosuch; grep -c a f g; grep -v a f; grep zz f; echo $?; echo ----
head -1 f /etc/motd; wc f g; wc -c /bin/sh; cp /tmp x; cp nosuch x; mv nosuch x; ls -Z`;
    const [plain, all, long, deep, single, gone, lines, cats, last] = sections(
      await output(script, {}, 1),
    ) as string[];
    expect(plain).toBe('b\tw\ty\n');
    expect(all).toBe('.\n..\nb\nw\ny\n');
    expect(long).toMatch(
      /^total \d+\ndrwxr-xr-x {2}2 root {2}wheel {2}\d+ May 25 12:00 b\n-rw-r--r-- {2}1 root {2}wheel {3}0 May 25 12:00 w\n-rw------- {2}1 root {2}wheel {3}6 May 25 12:00 y\n$/,
    );
    expect(deep).toBe('a:\nb\tw\ty\n\na/b:\nz\nb/\tw\ty\n');
    expect(single).toMatch(
      /^crw-rw-rw- {2}1 root {2}wheel {4}2, {3}2 May 25 12:00 \/dev\/null\ndrwx.* \/tmp\/a\nls: nosuch: No such file or directory\n$/,
    );
    expect(gone).toBe(
      'rmdir: a: Directory not empty\nrm: a: is a directory\nls: a: No such file or directory\nrm: a: No such file or directory\nmkdir: /: File exists\nrmdir: /nosuch: No such file or directory\n',
    );
    expect(lines).toBe('1\n2\n3\n19\n20\n      20\n       1       3       6\n1\n2\n3\n10\n');
    expect(cats).toBe(
      'a\nb\ntrap12: a BSD kernel of 2001, crashed on purpose.\n       4\ncat: nosuch: No such file or directory\nf:1\ng:2\nb\n1\n',
    );
    expect(last).toBe(
      `==> f <==\na\n\n==> /etc/motd <==\ntrap12: a BSD kernel of 2001, crashed on purpose.\n       2       2       4 f\n       4       4       8 g\n       6       6      12 total\n${String(sh).padStart(8)} /bin/sh\ncp: /tmp is a directory (not copied).\ncp: nosuch: No such file or directory\nmv: rename nosuch to x: No such file or directory\nls: illegal option -- Z\nusage: ls [-1ACFRSTadfiklnpqrstx] [file ...]\n`,
    );
  });
});

describe('processes', () => {
  it('procstat -v: is what it shows of two address spaces what the kernel counts?', async () => {
    const text = await output(
      'sleepers 1 40 & sleep 1; ps -p 1,$! -o pid,rss; echo ----; procstat -v 1 $!; echo ----; procstat -v 2; procstat -v 999 x; kill $!',
    );
    const [ps, map, refused] = sections(text) as string[];
    const rows = map!.split('\n').slice(0, -1);
    expect(rows.shift()).toBe('  PID      START        END PRT  RES PRES REF SHD FLAG TP');
    const shown = rows.map((row) => {
      const m =
        /^ *(\d+) (0x[\da-f]{8}) (0x[\da-f]{8}) r[w-][x-] +(\d+) +(\d+) +\d+ +\d+ [C-][N-][D-]- (?:df|vn|sw|--)$/.exec(
          row,
        );
      expect(m, row).not.toBeNull();
      return m!.slice(1).map(Number) as [number, number, number, number, number];
    });
    for (const [pid, kilobytes] of [...ps!.matchAll(/^ *(\d+) +(\d+)$/gm)].map((m) => [+m[1]!, +m[2]!])) {
      const entries = shown.filter((each) => each[0] === pid);
      expect(entries.length).toBeGreaterThanOrEqual(4);
      for (const [i, [, start, end]] of entries.entries()) {
        expect(end).toBeGreaterThan(start);
        if (i > 0) expect(start).toBeGreaterThanOrEqual(entries[i - 1]![2]);
      }
      const mapped = entries.reduce((sum, each) => sum + each[3], 0);
      expect((mapped * PAGE) / 1024).toBe(kilobytes);
    }
    expect(new Set(shown.map(([pid]) => pid)).size).toBe(2);
    expect(refused).toBe(
      '  PID      START        END PRT  RES PRES REF SHD FLAG TP\nprocstat: 999: no such process\nprocstat: x: not a process id\n',
    );
  });

  it('ps: who is there, and in what state?', async () => {
    const text = await output(
      'sleepers 1 4 & sleep 1; ps; echo ----; ps ax; echo ----; ps aux; echo ----; ps axl; echo ----; ps -o pid,ucomm=NAME -p 1; ps -p 999; echo $?; ps -o nope; ps jv 2>&1 | head -1; kill %1',
    );
    const [mine, every, user, long, rest] = sections(text) as string[];
    expect(mine).toMatch(/^ {2}PID {2}TT {2}STAT {6}TIME COMMAND\n/);
    expect(mine).toMatch(/^ +\d+ {1}con {2}S {6}0:00\.\d\d sleepers 1 4$/m);
    expect(mine).toMatch(/^ +\d+ {1}con {2}R {6}0:00\.\d\d ps$/m);
    for (const [pid, name] of ['swapper', 'init', 'pagedaemon', 'vmdaemon', 'bufdaemon', 'syncer'].entries())
      expect(every).toMatch(
        new RegExp(
          `^ +${pid} +\\?\\? +[DIS]L? +\\d+:\\d\\d\\.\\d\\d ${pid === 1 ? '/sbin/init' : `\\(${name}\\)`}$`,
          'm',
        ),
      );
    expect(every).toMatch(/ +\?\? +RL +0:\d\d\.\d\d \(idle\)$/m);
    expect(user).toMatch(/^USER {7}PID %CPU %MEM {3}VSZ {2}RSS {2}TT {2}STAT STARTED {7}TIME COMMAND$/m);
    expect(user).toMatch(
      /^root +\d+ +\d+\.\d +\d+\.\d +\d+ +\d+ {1}con {2}S {4}12:00PM {4}0:00\.\d\d sleepers 1 4$/m,
    );
    expect(long).toMatch(
      /^ {2}UID {3}PID {2}PPID CPU PRI NI {3}VSZ {2}RSS MWCHAN STAT {2}TT {7}TIME COMMAND$/m,
    );
    expect(long).toMatch(/^ +0 +\d+ +\d+ +\d+ +8 +0 +\d+ +\d+ nanslp S +con +0:00\.\d\d sleepers 1 4$/m);
    expect(long).toMatch(/psleep DL .*\(pagedaemon\)$/m);
    expect(rest).toMatch(
      /^ {2}PID NAME\n {4}1 init\n {2}PID {2}TT {2}STAT {6}TIME COMMAND\n1\nps: nope: keyword not found; ps -L lists them\n/,
    );
  });

  it('ps: what was a process started with, how much of it is shown, and when is it not kept?', async () => {
    const long = 'x'.repeat(100);
    const text = await output(
      `sleep 100 & p=$!; ps -o command -p $p; ps -o command,ucomm -p $p; echo ----
sh -c ': ${long}; sleep 99; true' & sleep 1; ps -o pid,command | grep xxx | wc -c; ps -w -o pid,command | grep -c 'x; sleep 99; true$'; echo ----
sysctl kern.ps_arg_cache_limit=8 > /dev/null; sleep 98 & sleep 1; ps -o command,ucomm -p $!; kill %1 %2 %3; ps -o command -p 2`,
    );
    const [plain, wide, unkept] = sections(text) as string[];
    expect(plain).toBe('COMMAND\nsleep 100\nCOMMAND          UCOMM\nsleep 100        sleep\n');
    // 79 columns and the newline; what comes behind them is there with -w.
    expect(wide).toMatch(/^ +80\n1\n$/);
    expect(unkept).toBe('COMMAND          UCOMM\n(sleep)          sleep\nCOMMAND\n(pagedaemon)\n');
  });

  it('kill, time, nice, env: signals, costs, priorities', async () => {
    const text = await output(`
sleep 100 & p=$!; kill -0 $p; echo $?; kill -STOP $p; sleep 1; ps -o state -p $p | tail -1; kill -CONT $p; kill $p; wait $p; echo $?
kill -KILL 999; kill -FOO 1 2>&1 | head -1; kill x; kill 4294967297; kill -l | head -1; kill -l 9; kill -l 143; kill -l 99; /bin/kill; echo ----
time sleep 2; time -p sh -c 'exit 3'; echo $?; time -l memcheck 1m 2>&1 | grep reclaims; echo ----
nice -n 5 sh -c 'ps -o ni,ucomm -p $$'; env A=1 B=2 env | sort | head -2; env nosuch; echo $?; uname; uname -mr; hostname`);
    const [signals, costs, rest] = sections(text) as string[];
    expect(signals).toBe(
      '0\nT\n143\nkill: 999: No such process\nkill: unknown signal FOO; valid signals:\nkill: illegal process id: x\nkill: illegal process id: 4294967297\nhup int quit ill trap abrt emt fpe kill bus segv sys pipe alrm term urg\nkill\nterm\nkill: unknown signal 99; valid signals:\nhup int quit ill trap abrt emt fpe kill bus segv sys pipe alrm term urg\nstop tstp cont chld ttin ttou io xcpu xfsz vtalrm prof winch info usr1 usr2\n' +
        'usage: kill [-s signal_name] pid ...\n       kill -l [exit_status]\n       kill -signal_name pid ...\n',
    );
    expect(costs).toMatch(
      /^ {5}2\.\d\d real {6}0\.00 user {6}0\.0\d sys\nreal 0\.0\d\nuser 0\.00\nsys 0\.0\d\n3\n +\d+ {2}page reclaims\n$/,
    );
    expect(rest).toMatch(
      /^NI UCOMM\n 5 sh\nA=1\nB=2\nenv: nosuch: No such file or directory\n127\nFreeBSD\n5\.0-CURRENT i386\ntrap12\n$/,
    );
  });

  it('time: are the lines of several at once whole?', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do time hog loop 1m 0.1 > /dev/null & done; wait';
    for (const seed of [1, 2, 3]) {
      const lines = (await output(script, { ncpu: 4, seed })).trimEnd().split('\n');
      for (const line of lines) expect(line).toMatch(/^ +\d+\.\d\d real +\d+\.\d\d user +\d+\.\d\d sys$/);
      expect(lines).toHaveLength(8);
    }
  });

  it('uptime: does what runs in the kernel count, on any number of processors?', async () => {
    const script = 'dd if=/dev/zero of=/dev/null bs=64k count=100000 2> /dev/null & sleep 11; uptime';
    for (const ncpu of [1, 2]) expect(await output(script, { ncpu })).toMatch(/averages: 0\.1\d, /);
  });

  it('a pipe: does its writer go on when there is just the room that it wants?', async () => {
    const reader = '(sleep 1; dd of=/dev/null bs=512 count=1; sleep 2; echo read) 2> /dev/null';
    const script = `(dd if=/dev/zero bs=512 count=33; echo written > /tmp/told) 2> /dev/null | (${reader}; cat /tmp/told)`;
    expect(await output(script)).toBe('read\nwritten\n');
  });

  it('respawn: is a program that ends started again, by vfork and exec?', async () => {
    const text = await output(
      'respawn 2 1 & sleep 3.5; sysctl -n vm.stats.vm.v_vforks; ps ax | grep -c "sleep 1$"; respawn 0 1; true',
    );
    const [vforks, sleeping, ...rest] = text.trimEnd().split('\n');
    expect(Number(vforks)).toBeGreaterThanOrEqual(6);
    expect(Number(sleeping)).toBeGreaterThanOrEqual(2);
    expect(rest).toEqual(['usage: respawn [count [seconds]]']);
  });

  it('churn and sleepers: do they leave nothing behind?', async () => {
    const text = await output(
      'churn 20 3 100; echo $?; ps axc | grep -c sleep; sleepers 5 2 & sleep 1; ps axc | grep -c sleepers; kill $!; churn 0; sleepers 0; true',
    );
    expect(text).toBe(
      '0\n0\n6\nusage: churn [rate [seconds [lifetime-ms]]]\nusage: sleepers [count [pages]]\n',
    );
  });
});

/** The counts of vmstat -s by their words. */
function counts(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^ *(\d+) +(.*)$/gm)].map((m) => [m[2]!.trim(), Number(m[1])]));
}

describe('the system', () => {
  it('vmstat, swapinfo, sysctl, top: does every page and every block have its place?', async () => {
    const text = await output(
      `hog loop 40m 300 & sleep 15; vmstat -s; echo ----; swapinfo -k; sysctl -n vm.swap_size vm.stats.vm.v_page_count; echo ----
vmstat; echo ----; top; echo ----; kill $!; wait; vmstat -s; echo ----; swapinfo; sysctl -n vm.swap_size; echo ----; vmstat -c 3 -w 1; vmstat 0 2>&1 | head -1`,
      { ramBytes: 16 * MB },
    );
    const [sums, swap, line, screen, after, empty, lines] = sections(text) as string[];
    const page_count = Number(/^(\d+)\n$/m.exec(swap!.split('\n').slice(-2).join('\n'))![1]);
    const total = (s: Map<string, number>): number =>
      ['pages active', 'pages inactive', 'pages in VM cache', 'pages wired down', 'pages free'].reduce(
        (sum, name) => sum + s.get(name)!,
        0,
      );
    const now = counts(sums!);
    expect(now.get('bytes per page')).toBe(PAGE);
    expect(now.get('swap pager pages paged out')).toBeGreaterThan(4000);
    // Busy pages on their way are in no queue.
    expect(page_count - total(now)).toBeGreaterThanOrEqual(0);
    expect(page_count - total(now)).toBeLessThan(64);
    const device =
      /^Device {10}1K-blocks {5}Used {4}Avail Capacity {2}Type\n\/dev\/ad0b +(\d+) +(\d+) +(\d+) +(\d+)% {4}Interleaved\n(\d+)\n/
        .exec(swap!)!
        .slice(1)
        .map(Number);
    expect(device[0]).toBe(device[1]! + device[2]!);
    expect(device[2]).toBe(device[4]! * 4);
    expect(device[1]).toBeGreaterThan(16 * 1024);
    expect(device[3]).toBe(Math.round((100 * device[1]!) / device[0]!));
    expect(line).toMatch(
      /^ procs {6}memory {5}page {22}faults {6}cpu\n r b w {5}avm {4}fre {2}flt {2}re {2}pi {2}po {2}fr {2}sr {3}in {3}sy {2}cs us sy id\n( *\d+){17}\n$/,
    );
    expect(screen).toMatch(
      /^last pid: +\d+; {2}load averages: {2}\d\.\d\d, {2}\d\.\d\d, {2}\d\.\d\d +up 0\+00:00:\d\d {2}12:00:\d\d\n\d+ processes: .*\n\nCPU states: +\d+\.\d% user, +\d+\.\d% nice, +\d+\.\d% system, +\d+\.\d% interrupt, +\d+\.\d% idle\nMem: \d+[KM] Active, \d+[KM] Inact, \d+[KM] Wired, \d+[KM] Cache, \d+[KM] Free\nSwap: 64M Total, \d+M Used, \d+M Free, \d+% Inuse\n\n\n {2}PID USERNAME PRI NICE {2}SIZE {4}RES STATE {4}TIME {3}WCPU {4}CPU COMMAND\n/,
    );
    expect(screen).toMatch(
      /^ +\d+ root +-?\d+ +0 +40M +\d+[KM] [a-zA-Z]+ +\d:\d\d +\d+\.\d\d% +\d+\.\d\d% hog$/m,
    );
    // Its memory comes back, and its blocks.
    expect(page_count - total(counts(after!))).toBeLessThan(8);
    expect(
      counts(after!).get('pages free')! +
        counts(after!).get('pages in VM cache')! +
        counts(after!).get('pages inactive')!,
    ).toBeGreaterThan(page_count * 0.8);
    const left = /^\/dev\/ad0b +(\d+) +(\d+) +(\d+)/m.exec(empty!)!.slice(1).map(Number);
    expect(left[1]).toBeLessThan(1024);
    expect(lines!.split('\n').filter((l) => /^( *\d+){17}$/.test(l)).length).toBe(3);
    expect(lines).toMatch(/usage: vmstat/);
  });

  it('sysctl: values, trees, settings, and what cannot be', async () => {
    const text =
      await output(`sysctl kern.ostype hw.ncpu; sysctl -n kern.osrelease; sysctl vm.stats.sys | wc -l; sysctl vm.max_launder=40; sysctl -n vm.max_launder; echo ----
sysctl nope; echo $?; sysctl hw.ncpu=2; sysctl vm.max_launder=x; sysctl kern.hostname=box; hostname; sysctl kern.clockrate kern.boottime vm.loadavg; sysctl -a | grep -c .; sysctl -Na | grep -c .; sysctl; sysctl -N kern.hz`);
    const [values, rest] = sections(text) as string[];
    expect(values).toBe(
      'kern.ostype: FreeBSD\nhw.ncpu: 1\n5.0-CURRENT\n       5\nvm.max_launder: 32 -> 40\n40\n',
    );
    expect(rest).toMatch(
      /^sysctl: unknown oid 'nope'\n1\nsysctl: oid 'hw\.ncpu' is read only\nsysctl: oid 'vm\.max_launder' is type I, cannot set 'x': it takes an integer\nkern\.hostname: trap12 -> box\nbox\n/,
    );
    expect(rest).toMatch(
      /^kern\.clockrate: \{ hz = 100, tick = 10000, tickadj = \d, profhz = 100, stathz = 100 \}\nkern\.boottime: \{ sec = \d+, usec = \d+ \} Fri May 25 1\d:\d\d:\d\d 2001\nvm\.loadavg: \{ \d\.\d\d \d\.\d\d \d\.\d\d \}\n\d{2,3}\n\d{2,3}\nusage: sysctl/m,
    );
  });

  it('date, uptime, dmesg, sync: when is it, and what has been said?', async () => {
    const text = await output(
      "date; date '+%Y %Z'; sleep 100; uptime; date +%M:%S; dmesg | head -3; sync; echo $?; date x; swapon /dev/ad0b; swapon /nosuch; swapon /bin/sh",
      {},
      1,
    );
    expect(text).toMatch(
      /^Fri May 25 12:00:0\d UTC 2001\n2001 UTC\n12:01PM {2}up 1 min, 0 users, load averages: \d\.\d\d, \d\.\d\d, \d\.\d\d\n01:4\d\nCopyright/,
    );
    expect(text).toMatch(
      /\n0\nusage: date \[-u\] \[\+format\]\nswapon: \/dev\/ad0b: Device busy\nswapon: \/nosuch: No such file or directory\nswapon: \/bin\/sh: Block device required\n$/,
    );
  });

  it('halt and reboot: does the machine stop?', async () => {
    const halt = await run('halt');
    expect([halt.why, halt.status, /The operating system has halted/.test(halt.console)]).toEqual([
      'halt',
      0,
      true,
    ]);
    const reboot = await run('reboot');
    expect(reboot.why).not.toBe('time');
    expect(reboot.console).toMatch(/syncing disks/);
  });

  it('dd: how many records?', async () => {
    const text = await output(
      'dd if=/dev/zero of=/tmp/z bs=1k count=3; echo abcdefghij | dd bs=4 2>&1; dd if=/tmp/z bs=2k of=/dev/null; dd if=/nosuch; dd bs=0; dd foo=1; dd if=/dev/zero of=/dev/null bs=1m count=4 2>&1 | tail -1; ls -l /tmp/z | grep -c 3072',
    );
    expect(text).toMatch(
      /^3\+0 records in\n3\+0 records out\n3072 bytes transferred in 0\.\d{6} secs \(\d+ bytes\/sec\)\nabcdefghij\n2\+1 records in\n2\+1 records out\n11 bytes/,
    );
    expect(text).toMatch(
      /^1\+1 records in\n1\+1 records out\n3072 bytes.*\ndd: \/nosuch: No such file or directory\ndd: bs must be between 1 and 2147483647\ndd: unknown operand foo\n4194304 bytes transferred in .*\n1\n$/m,
    );
  });
});
