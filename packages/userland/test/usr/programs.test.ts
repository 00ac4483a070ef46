import { describe, expect, it } from 'vitest';
import { install, System } from './system.js';
import { int, node, type Oid, opaque, record, string, words } from './sysctl.js';

const programs = await install({
  '/bin/sh': 'bin/sh',
  '/bin/date': 'bin/date',
  '/bin/hostname': 'bin/hostname',
  '/bin/ps': 'bin/ps',
  '/usr/bin/env': 'usr.bin/env',
  '/usr/bin/id': 'usr.bin/id',
  '/usr/bin/nice': 'usr.bin/nice',
  '/usr/bin/printenv': 'usr.bin/printenv',
  '/usr/bin/renice': 'usr.bin/renice',
  '/usr/bin/time': 'usr.bin/time',
  '/usr/bin/top': 'usr.bin/top',
  '/usr/bin/uname': 'usr.bin/uname',
  '/usr/bin/uptime': 'usr.bin/uptime',
  '/usr/bin/vmstat': 'usr.bin/vmstat',
  '/sbin/dmesg': 'sbin/dmesg',
  '/sbin/halt': 'sbin/reboot',
  '/sbin/init': 'sbin/init',
  '/sbin/swapinfo': 'usr.sbin/pstat',
  '/sbin/swapon': 'sbin/swapon',
  '/sbin/sysctl': 'sbin/sysctl',
});
const { image } = programs.get('/usr/bin/top')!;
const { image: vmimage } = programs.get('/usr/bin/vmstat')!;
const NOW = 990_273_600;
const COUNTERS = image.structs.vmmeter!.fields;

/** The processes of a small system. */
const PROCESSES = [
  { ki_pid: 0, ki_ppid: 0, ki_flag: 0x204, ki_comm: 'swapper', ki_wmesg: 'sched', ki_stat: 3 },
  { ki_pid: 1, ki_ppid: 0, ki_comm: 'init', ki_stat: 3, ki_sflag: 0x11, ki_wmesg: 'wait', ki_slptime: 30 },
  {
    ki_pid: 50,
    ki_comm: 'hog',
    ki_stat: 2,
    ki_pctcpu: 1024,
    ki_runtime: 83_456_789,
    ki_rssize: 2600,
    ki_size: 40 << 20,
  },
  {
    ki_pid: 51,
    ki_comm: 'sleep',
    ki_stat: 3,
    ki_sflag: 0x11,
    ki_wmesg: 'nanslp',
    ki_nice: 5,
    ki_minflt: 12,
    ki_majflt: 3,
  },
  { ki_pid: 52, ki_comm: 'cat', ki_stat: 7, ki_mtxname: 'Giant', ki_sflag: 0, ki_flag: 0x10 },
  { ki_pid: 53, ki_comm: 'gone', ki_stat: 5 },
];
const DEFAULTS = {
  ki_structsize: 224,
  ki_sflag: 1,
  ki_oncpu: 0xff,
  ki_priority: 100,
  ki_ppid: 1,
  ki_swtime: 9,
};
const PROCS = PROCESSES.map((p) => record(image, 'kinfo_proc', { ...DEFAULTS, ...p }));
PROCS.forEach((bytes, i) => {
  if (i > 0)
    new DataView(bytes.buffer).setInt32(image.structs.kinfo_proc!.fields.ki_start!.offset, NOW - 60, true);
});
const join = (parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
const args = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A tree as the kernel has it. */
function tree(): Oid[] {
  const counters = Object.keys(COUNTERS).filter((name) => name.startsWith('v_'));
  const group = (name: string): string => (/swtch|trap|syscall|intr$|soft/.test(name) ? 'sys' : 'vm');
  return [
    node('kern', [1]),
    string('kern.ostype', [1, 1], 'FreeBSD'),
    string('kern.osrelease', [1, 2], '5.0-CURRENT'),
    string('kern.version', [1, 4], 'FreeBSD 5.0-CURRENT #0\n'),
    string('kern.hostname', [1, 10], 'trap12', true),
    opaque('kern.clockrate', [1, 12], 'S,clockinfo', words(100, 10_000, 5, 128, 127)),
    opaque('kern.boottime', [1, 21], 'S,timeval', words(NOW - 90_061, 7)),
    int('kern.lastpid', [1, 30], 77),
    opaque('kern.cp_time', [1, 31], 'LU', words(50, 0, 25, 5, 120)),
    string('kern.msgbuf', [1, 32], '\0\0Copyright\ntwo'),
    opaque(
      'kern.malloc',
      [1, 33],
      'S,malloc_stat',
      record(vmimage, 'malloc_stat', {
        ms_name: 'temp',
        ms_inuse: 3,
        ms_memuse: 5000,
        ms_maxused: 9000,
        ms_limit: 1 << 20,
        ms_calls: 42,
        ms_size: 0x810,
      }),
    ),
    opaque('kern.proc.all', [1, 14, 0], 'S,proc', join(PROCS)),
    ...PROCS.map((p, i) => opaque(`kern.proc.pid.${i}`, [1, 14, 1, PROCESSES[i]!.ki_pid], 'S,proc', p)),
    opaque('kern.proc.pid.none', [1, 14, 1, 999], 'S,proc', new Uint8Array()),
    opaque('kern.proc.args.1', [1, 14, 7, 1], '', args('/sbin/init\0')),
    opaque('kern.proc.args.50', [1, 14, 7, 50], '', args(`hog\0loop\0${'x'.repeat(100)}\0`)),
    opaque('kern.proc.args.51', [1, 14, 7, 51], '', args(['-nap', '100', ''].join('\0'))),
    node('vm', [2]),
    opaque(
      'vm.vmtotal',
      [2, 1],
      'S,vmtotal',
      record(vmimage, 'vmtotal_t', {
        t_rq: 3,
        t_dw: 1,
        t_sl: 4,
        t_sw: 2,
        t_vm: 5000,
        t_avm: 2500,
        t_rm: 900,
        t_arm: 800,
        t_free: 1000,
      }),
    ),
    opaque('vm.loadavg', [2, 2], 'S,loadavg', words(2048, 3072, 205, 2048)),
    int('vm.max_launder', [2, 300], 32, true),
    int('vm.nswapdev', [2, 301], 1),
    opaque('vm.swap_info', [2, 302], 'S,xswdev', words(1, 5, 1, 16_400, 4096)),
    string('vm.zone', [2, 303], '\nITEM            SIZE\n'),
    node('vm.stats', [2, 400]),
    ...counters.map((name, i) =>
      int(`vm.stats.${group(name)}.${name}`, [2, 400, group(name) === 'sys' ? 1 : 2, i], 1000 + i),
    ),
    node('hw', [6]),
    string('hw.machine', [6, 1], 'i386'),
    int('hw.ncpu', [6, 3], 1),
    { name: 'debug.odd', mib: [7, 1], kind: 5, format: 'S,odd', value: words(1) },
  ];
}

const files = { 'dev/ad0b': '', 'tmp/': '' };
const sh = (text: string, terminal = {}): string => {
  const system = new System(programs, files, terminal);
  const disk = system.files.lookup('/dev/ad0b', system.files.root);
  Object.assign(disk, { mode: 0o020640, rdev: 5 });
  system.oids = tree();
  system.run(['/bin/sh', '-c', text], { PATH: '/bin:/sbin:/usr/bin', HOME: '/', BLOCKSIZE: 'K' });
  return system.console.join('');
};

describe('the system', () => {
  it('date, uptime, dmesg, uname, hostname, id', () => {
    expect(sh("date; date '+%Y %Z'; date x; uptime; dmesg")).toBe(
      'Sat May 19 12:00:00 UTC 2001\n2001 UTC\nusage: date [-u] [+format]\n12:00PM  up 1 day,  1:01, 0 users, load averages: 1.00, 1.50, 0.10\nCopyright\ntwo\n',
    );
    expect(sh('uname; uname -mr; uname -a; uname -q; hostname; hostname box; hostname; id; id -un')).toBe(
      'FreeBSD\n5.0-CURRENT i386\nFreeBSD trap12 5.0-CURRENT FreeBSD 5.0-CURRENT #0 i386\nuname: illegal option -- q\nusage: uname [-amnrsv]\ntrap12\nbox\nuid=0(root) gid=0(wheel) groups=0(wheel)\nroot\n',
    );
  });

  it('env, printenv, nice, renice, time', () => {
    expect(sh('env -i A=1 B=2 env; env nosuch; echo $?; printenv HOME; printenv NO; echo $?')).toBe(
      'A=1\nB=2\nenv: nosuch: No such file or directory\n127\n/\n1\n',
    );
    expect(sh('nice -n 5 renice 7 1; nice -3 nosuch; echo $?; nice; nice -n x y')).toBe(
      '1: old priority 5, new priority 7\nnice: nosuch: No such file or directory\n127\nusage: nice [-n incr] utility [argument ...]\nusage: nice [-n incr] utility [argument ...]\n',
    );
    expect(sh('time date; time -p sh -c "exit 3"; echo $?; time -l sh -c : 2>&1')).toMatch(
      /^Sat .*\n {5}0\.00 real {6}0\.00 user {6}0\.00 sys\nreal 0\.00\nuser 0\.00\nsys 0\.00\n3\n {5}0\.00 real.*\n {9}0 {2}maximum resident set size\n/,
    );
  });

  it('sysctl: values, trees, settings, and what cannot be', () => {
    expect(
      sh(
        'sysctl kern.ostype hw.ncpu; sysctl -n kern.osrelease; sysctl vm.max_launder=40; sysctl -n vm.max_launder; sysctl nope; echo $?; sysctl hw.ncpu=2; sysctl vm.max_launder=x; sysctl kern.hostname=box; sysctl kern.clockrate kern.boottime vm.loadavg debug.odd; sysctl; sysctl -N hw; sysctl vm=1',
      ),
    ).toBe(
      "kern.ostype: FreeBSD\nhw.ncpu: 1\n5.0-CURRENT\nvm.max_launder: 32 -> 40\n40\nsysctl: unknown oid 'nope'\n1\nsysctl: oid 'hw.ncpu' is read only\nsysctl: oid 'vm.max_launder' is type I, cannot set 'x': it takes an integer\nkern.hostname: trap12 -> box\nkern.clockrate: { hz = 100, tick = 10000, tickadj = 5, profhz = 127, stathz = 128 }\nkern.boottime: { sec = 990183539, usec = 7 } Fri May 18 10:58:59 2001\nvm.loadavg: { 1.00 1.50 0.10 }\nusage: sysctl [-beNnox] variable[=value] ...\n       sysctl [-beNnox] -a\nhw.machine\nhw.ncpu\nsysctl: oid 'vm' is type N, cannot set '1'\n",
    );
    expect(
      sh(
        'sysctl -e hw.ncpu; sysctl -b kern.ostype; echo; sysctl -o debug.odd vm.swap_info; sysctl -nx vm.swap_info',
      ),
    ).toBe(
      'hw.ncpu=1\nFreeBSD\0\ndebug.odd: Format:S,odd Length:4 Dump:0x01000000\nvm.swap_info: Format:S,xswdev Length:20 Dump:0x01000000050000000100000010400000...\nFormat:S,xswdev Length:20 Dump:0x0100000005000000010000001040000000100000\n',
    );
    const all = sh('sysctl -a');
    expect(all).toMatch(/^kern\.ostype: FreeBSD\n/);
    expect(all).toContain('kern.msgbuf: Copyright\ntwo\n');
    expect(all).toContain('kern.cp_time: 50 0 25 5 120\n');
    expect(all).toContain('Virtual Memory:\t\t(Total: 20000K, Active 10000K)\n');
    expect(all.match(/^vm\.stats\./gm)!.length).toBe(Object.keys(COUNTERS).length);
  });

  it('vmstat, swapinfo', () => {
    expect(sh('vmstat')).toMatch(
      /^ procs {6}memory {5}page {22}faults {6}cpu\n r b w {5}avm {4}fre {2}flt {2}re {2}pi {2}po {2}fr {2}sr {3}in {3}sy {2}cs us sy id\n 2 1 2 {3}10000 {3}4000 {4}0 .* 25 15 60\n$/,
    );
    const sums = sh('vmstat -s');
    expect(sums.split('\n').length).toBe(36);
    expect(sums).toMatch(/^ {5}1000 cpu context switches\n/);
    expect(sums).toMatch(/\n {5}\d{4} {2}fork\(\) calls\n/);
    expect(sh('vmstat -m; vmstat -z; vmstat 0; vmstat -c 3 -w 1 | grep -c x; vmstat 1 2')).toMatch(
      /\n {8}temp {6}3 {5}5K {6}9K {2}1024K {7}42 {5}0 {2}16,2K\n\nMemory Totals: {2}In Use {4}Requests\n {20}5K {10}42\n\nITEM .*\nusage: vmstat \[-smz\] \[-c count\] \[-w wait\] \[wait \[count\]\]\ngrep: not found\n(.*\n){3}.*\n$/,
    );
    expect(sh('swapinfo; BLOCKSIZE=512 swapinfo; swapinfo -k; swapinfo -z')).toBe(
      `Device          1K-blocks     Used    Avail Capacity  Type\n/dev/ad0b           65536    16384    49152    25%    Interleaved\n${'Device          512-blocks     Used    Avail Capacity  Type\n/dev/ad0b           131072    32768    98304    25%    Interleaved\n'}Device          1K-blocks     Used    Avail Capacity  Type\n/dev/ad0b           65536    16384    49152    25%    Interleaved\nswapinfo: illegal option -- z\nusage: swapinfo [-k]\n`,
    );
  });
});

describe('processes', () => {
  it('ps: who is there, and in what state?', () => {
    expect(sh('ps')).toBe(
      `  PID  TT  STAT      TIME COMMAND\n   50 con  R      1:23.46 hog loop ${'x'.repeat(44)}\n   51 con  SN     0:00.00 -nap 100 (sleep)\n   52 con  MWV    0:00.00 (cat)\n   53 con  Z      0:00.00 (gone)\n`,
    );
    expect(sh('ps -axww -o pid,ucomm=NAME,command,minflt,majflt')).toMatch(
      /^ {2}PID NAME {13}COMMAND {10}MINFLT MAJFLT\n {4}0 swapper {10}\(swapper\) {13}0 {6}0\n {4}1 init {13}\/sbin\/init {12}0 {6}0\n {3}50 hog {14}hog loop xxxxxxx {6}0 {6}0\n {3}51 sleep {12}-nap 100 \(sleep\) {5}12 {6}3\n/,
    );
    expect(sh('ps -p 999; echo $?; ps -o nope; ps -c1; ps q')).toBe(
      '  PID  TT  STAT      TIME COMMAND\n1\nps: nope: keyword not found; ps -L lists them\n  PID  TT  STAT      TIME COMMAND\n    1  ??  I      0:00.00 init\nps: illegal option -- q\nusage: ps [-acjlmruvwx] [-O fmt] [-o fmt] [-p pid] [-U user]\n       ps -L\n',
    );
    const usage = 'usage: ps [-acjlmruvwx] [-O fmt] [-o fmt] [-p pid] [-U user]\n       ps -L\n';
    expect(sh('ps -lQ')).toBe(`ps: illegal option -- Q\n${usage}`);
    expect(sh('ps -p')).toBe(`ps: option requires an argument -- p\n${usage}`);
    expect(sh('dmesg -Q')).toBe('dmesg: illegal option -- Q\nusage: dmesg\n');
    expect(sh('uptime -Q')).toBe('uptime: illegal option -- Q\nusage: uptime\n');
    expect(sh('ps aux')).toMatch(
      /^USER {7}PID %CPU {2}%MEM {3}VSZ {3}RSS {2}TT {2}STAT STARTED {7}TIME COMMAND\nroot {8}50 50\.0 \d+\.\d 40960 10400 con {2}R {4}11:59AM {4}1:23\.46 hog loop x+\n/,
    );
    expect(sh('ps axl')).toMatch(
      /^ {2}UID {3}PID {2}PPID CPU PRI NI {3}VSZ {3}RSS MWCHAN STAT {2}TT {7}TIME COMMAND\n/,
    );
    expect(sh('ps -L; ps -U nobody; ps -O ppid,state -p 1')).toMatch(
      /^%cpu %mem command cpu .*xstat\n {2}PID .*\n {2}PID {2}PPID STAT {2}TT /,
    );
  });

  it('top: once where nobody can press q, and over and over where somebody can', () => {
    const once = sh('top -b');
    expect(once).toMatch(
      /^last pid: {4}77; {2}load averages: {2}1\.00, {2}1\.50, {2}0\.10 {4}up 1\+01:01:01 {2}12:00:00\n5 processes: {2}1 running, 2 sleeping, 1 zombie, 1 lock\n\nCPU states: 25\.0% user, {2}0\.0% nice, 12\.5% system, {2}2\.5% interrupt, 60\.0% idle\nMem: \d+K Active, \d+K Inact, \d+K Wired, \d+K Cache, \d+K Free\nSwap: 64M Total, 16M Used, 48M Free, 25% Inuse\n\n\n {2}PID USERNAME PRI NICE {2}SIZE {4}RES STATE {4}TIME {3}WCPU {4}CPU COMMAND\n {3}50 root {6}12 {4}0 {4}40M {4}10M RUN {6}1:23 50\.00% 50\.00% hog\n {3}51 root {6}12 {4}5 {5}0K {5}0K nanslp {3}0:00 {2}0\.00% {2}0\.00% sleep\n {4}1 root .*\n {3}52 root {6}12 {4}0 {5}0K {5}0K \*Giant .* <cat>\n$/,
    );
    expect(sh('top -S 1').split('\n').slice(-3)[1]).toMatch(/^ {3}50 /);
    const live = sh('exec top', { tty: true, stdin: 'S?xs2\nq' }).split('\x1b[H\x1b[J');
    expect(live.map((screen) => screen.split('\n')[1] ?? screen)).toEqual([
      '',
      '5 processes:  1 running, 2 sleeping, 1 zombie, 1 lock',
      '6 processes:  1 running, 3 sleeping, 1 zombie, 1 lock',
      '',
      '6 processes:  1 running, 3 sleeping, 1 zombie, 1 lock',
      '6 processes:  1 running, 3 sleeping, 1 zombie, 1 lock',
    ]);
    expect(live[2]).toContain('CPU states:  0.0% user,');
    expect(live[4]).toContain('Seconds to delay: ');
    expect(sh('top x')).toBe('usage: top [-bS] [-s time] [number]\n');
  });
});

describe('init and halt', () => {
  /** Boots a system: what it wrote, how it was stopped, and the status that it left. */
  function boot(etc: Record<string, string>): [string | undefined, number | undefined, number] {
    const system = new System(programs, { 'tmp/': '', 'dev/console': '', ...etc });
    const status = int('machdep.exit_status', [7, 300], -1, true);
    system.oids = [status];
    system.run(['/bin/sh', '-c', 'exec <&- >&- 2>&-; exec /sbin/init'], {});
    return [system.files.text('/dev/console'), system.howto, status.value[0]!];
  }
  it('runs the boot command and halts with its status', () => {
    const command = 'printenv BLOCKSIZE; swapon /dev/x; echo $PATH; exit 7';
    expect(boot({ 'etc/boot.command': command })).toEqual([
      'K\nswapon: /dev/x: Device not configured\n/bin:/sbin:/usr/bin:/usr/sbin\n',
      8,
      7,
    ]);
    expect(boot({ 'etc/boot.command': 'kill -9 $$' }).slice(1)).toEqual([8, 137]);
    expect(boot({ 'etc/boot.command': 'halt -n' }).slice(1)).toEqual([12, 0]);
    expect(boot({ 'etc/boot.command': 'halt -z' }).slice(1)).toEqual([8, 1]);
  });
});
