/**
 * The programs of the yardstick: what each has to end in, and what others published about it.
 *
 * `published`: of the ten searches in the data of Fray's evaluation (cmu-pasta/fray-benchmark, data/rf.csv),
 * each of up to 10,000 schedules: the median of the schedules up to the failure and how many of the ten found
 * it, for its pct3, pos and random. Undefined: not in that data.
 */

/** Threads that wait for each other. */
const STUCK = /^stuck$/;
const fails = (text) => new RegExp(`^panic: ${text}$`, 'm');
const FREED_TWICE = fails('free: multiple freed item 0x[0-9a-f]+');
/** A read or write through a null pointer. */
const NULL_POINTER =
  /^Fatal trap 12: page fault while in kernel mode\nfault virtual address\t= 0x[0-9a-f]{1,2}$/m;

const program = (suite) => (name, fails, published) => ({ suite, name, fails, published });
const fray = program('SCTBench, of Fray');
const more = program('SCTBench, others');
const convul = program('ConVul, kernel');
/** Of examples/panics, with the hole. */
const panic = (name, fails) => ({
  ...program('panics')(name, fails),
  folder: `../../examples/panics/${name}/`,
});

const TOGETHER = fails('a and b do not belong together');
const TWO_STAGES = fails('the second value is \\d, the first 1');
const COUNTED = fails('counter went from \\d to \\d');
const EATEN = fails('all philosophers have eaten');

/** [median, found of 10] for pct, pos and random; a median of null: most did not find it. */
const found = (pct, pos, random) => ({ pct, pos, random });
const always = found([1, 10], [1, 10], [1, 10]);

export const PROGRAMS = [
  fray('account', fails('balance is -1'), found([2, 10], [2, 10], [2, 10])),
  fray('arithmetic-prog', fails('total is 6'), always),
  fray(
    'bluetooth-driver',
    fails('a request is under way in a driver that has stopped'),
    found([2.5, 10], [1.5, 10], [4.5, 10]),
  ),
  fray('carter-01', STUCK, found([7, 10], [1, 10], [2, 10])),
  fray('circular-buffer', fails('round \\d received \\d'), found([3.5, 10], [1, 10], [1, 10])),
  fray('deadlock-01', STUCK, found([7, 10], [3, 10], [1.5, 10])),
  fray('fsbench', fails('there is no lock for inode 26'), always),
  fray('lazy-01', fails('sum is 3'), found([2, 10], [2, 10], [2, 10])),
  // Who waits for it may be there before the owner has ended, or only afterwards.
  fray('phase-01', /^stuck$|^panic: sleeping process \(pid \d+\) owns a mutex \(x\)$/m, always),
  fray('queue', fails('round \\d+ got \\d+, stored was \\d+'), always),
  fray('reorder-3', TOGETHER, found([73.5, 10], [3.5, 10], [13.5, 10])),
  fray('reorder-4', TOGETHER, found([53.5, 10], [8.5, 10], [21, 10])),
  fray('reorder-5', TOGETHER, found([94.5, 10], [11.5, 10], [49, 10])),
  fray('reorder-10', TOGETHER, found([225.5, 10], [22, 10], [76, 10])),
  fray('reorder-20', TOGETHER, found([100, 10], [2, 10], [6.5, 10])),
  fray('reorder-50', TOGETHER, found([6549.5, 7], [195.5, 10], [487.5, 10])),
  fray('reorder-100', TOGETHER, found([8185.5, 6], [314, 10], [1213, 10])),
  fray('stack', fails('nothing to pop'), found([2, 10], [1, 10], [1.5, 10])),
  fray('string-buffer', fails('3 characters wanted, there are 0')),
  fray('sync-01', STUCK, always),
  fray('sync-02', STUCK, always),
  fray('token-ring', fails('the ring has \\d, \\d, \\d'), found([2, 10], [2, 10], [2, 10])),
  fray('twostage', TWO_STAGES, found([19, 10], [7.5, 10], [6, 10])),
  fray('twostage-100', TWO_STAGES, found([null, 5], [124.5, 10], [46, 10])),
  fray('work-steal-queue', fails('item \\d was done \\d times')),
  fray('wronglock', COUNTED, found([6, 10], [1, 10], [1.5, 10])),
  fray('wronglock-1', COUNTED, found([10.5, 10], [2.5, 10], [3.5, 10])),
  fray('wronglock-3', COUNTED, found([5, 10], [2, 10], [1, 10])),
  ...[2, 3, 4, 5, 6, 7].map((n) => more(`din-phil-${n}`, EATEN)),
  more('safestack', fails('item \\d is of \\d and of \\d')),
  convul('cve-2009-3547', NULL_POINTER),
  convul('cve-2011-2183', NULL_POINTER),
  convul('cve-2013-1792', NULL_POINTER),
  convul('cve-2015-7550', NULL_POINTER),
  convul('cve-2016-7911', NULL_POINTER),
  convul('cve-2016-9806', FREED_TWICE),
  convul('cve-2017-6346', FREED_TWICE),
  convul('cve-2017-15265', /^fault virtual address\t= 0xdeadc0de$/m),
  panic('caching-dirty', fails('vm_page_cache: caching a dirty page, pindex: 0')),
  panic('kernel-grows', /^current process\t\t= \d+ \(exiter\)$/m),
  panic('no-pv-entries', fails('get_pv_entry: no pv entries: increase PMAP_SHPGPERPROC')),
  panic('pagedaemon-wakeup', /^time$/),
  panic('rawio-page-reclaimed', fails('vm_page_unhold: hold count < 0!!!')),
  panic('stale-after-idle', fails('the page that was there before is still seen')),
  // Or it runs when its stack goes, or when it is on a run queue again.
  panic(
    'swapped-out-running',
    /^panic: (?:setrunqueue: proc \d+ \(sleeper\) swapped out|cpu_switch: process \d+ swapped out|chooseproc: process \d+ runs on cpu \d|double fault)$/m,
  ),
  // ZENTRY_FREE, with the offset of what is read.
  panic('vmspace-freed-twice', /^fault virtual address\t= 0x12342[0-9a-f]{3}$/m),
  panic('vmspace-leaked', fails('the memory of nobody has 1 references')),
  panic('wiring-refuses-write', fails('a valid write is refused')),
];
