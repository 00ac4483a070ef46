import type { Program } from '../libc.js';
import { userName } from '../lib/files.js';
import { left, right, strftime } from '../lib/fmt.js';
import {
  bootTime,
  cpuTimes,
  FSCALE,
  loadAverages,
  MAXSLP,
  type Proc,
  processes,
  PS_INMEM,
  P_SYSTEM,
  PZERO,
  SIDL,
  SMTX,
  SRUN,
  SSLEEP,
  SSTOP,
  SWAIT,
  swapDevices,
  SZOMB,
  vmmeter,
} from '../lib/kinfo.js';
import { sysctlInt } from '../lib/sysctl.js';

const KB_PER_PAGE = 4;
const LINES = 15;
const CPU_STATES = ['user', 'nice', 'system', 'interrupt', 'idle'];
const STATE_NAMES: Record<number, string> = {
  [SIDL]: 'START',
  [SRUN]: 'RUN',
  [SSLEEP]: 'SLEEP',
  [SSTOP]: 'STOP',
  [SZOMB]: 'ZOMB',
  [SWAIT]: 'WAIT',
  [SMTX]: 'LOCK',
};
const STATE_WORDS: [number, string][] = [
  [SIDL, 'starting'],
  [SRUN, 'running'],
  [SSLEEP, 'sleeping'],
  [SSTOP, 'stopped'],
  [SZOMB, 'zombie'],
  [SWAIT, 'waiting'],
  [SMTX, 'lock'],
];

/** Kilobytes as top writes them: in M from 10000K on. */
export function memory(kilobytes: number): string {
  if (kilobytes < 10_000) return `${kilobytes}K`;
  const megabytes = Math.floor((kilobytes + 512) / 1024);
  return megabytes < 10_000 ? `${megabytes}M` : `${Math.floor((megabytes + 512) / 1024)}G`;
}

function state(p: Proc, ncpu: number): string {
  if (p.stat === SRUN && ncpu > 1 && p.oncpu !== 0xff) return `CPU${p.oncpu}`;
  if (p.stat === SMTX) return `*${p.mtxname}`.slice(0, 6);
  return p.stat === SSLEEP && p.wmesg !== '' ? p.wmesg.slice(0, 6) : (STATE_NAMES[p.stat] ?? '?');
}

function cpuTime(micros: number): string {
  const seconds = Math.floor((micros + 500_000) / 1e6);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function row(p: Proc, ncpu: number): string {
  const cpu = (100 * p.pctcpu) / FSCALE;
  const name = (p.sflag & PS_INMEM) !== 0 ? p.comm : `<${p.comm}>`;
  return (
    `${right(p.pid, 5)} ${left(userName(p.uid), 8)} ${right(p.priority - PZERO, 3)} ${right(p.nice, 4)}` +
    `${right(memory(p.vsize >>> 10), 7)} ${right(memory(p.rssize * KB_PER_PAGE), 6)} ${left(state(p, ncpu), 6)}` +
    `${ncpu > 1 ? ` ${right(p.lastcpu === 0xff ? 0 : p.lastcpu, 1)}` : ''}${right(cpuTime(p.runtime), 7)} ` +
    // The weighted percentage needs the time in memory; what has been there for a while has both alike.
    `${right((p.swtime === 0 ? 0 : cpu).toFixed(2), 5)}% ${right(cpu.toFixed(2), 5)}% ${name}\n`
  );
}

function upTime(seconds: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${Math.floor(seconds / 86_400)}+${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function processLine(all: readonly Proc[]): string {
  const counts = STATE_WORDS.map(([s, word]) => [all.filter((p) => p.stat === s).length, word] as const);
  return `${all.length} processes:  ${counts
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${n} ${word}`)
    .join(', ')}\n`;
}

/** top(1), once (as `top -b`): the summary and the processes that use the CPU most. With -S the system's own too. */
export const top: Program = function* (c) {
  const system = c.argv.includes('-S');
  const all = yield* processes(c);
  if (typeof all === 'number') return yield* c.fail(`kern.proc: ${c.strerror(all)}`);
  const now = (yield* c.now()) / 1e6;
  const load = (yield* loadAverages(c)).map((l) => right(l.toFixed(2), 5)).join(', ');
  const lastPid = yield* sysctlInt(c, 'kern.lastpid');
  const ncpu = yield* sysctlInt(c, 'hw.ncpu');
  const times = yield* cpuTimes(c);
  const ticks = times.reduce((a, b) => a + b, 0) || 1;
  const v = yield* vmmeter(c);
  const kb = (pages: number): string => memory(pages * KB_PER_PAGE);
  let swapTotal = 0;
  let swapUsed = 0;
  for (const d of yield* swapDevices(c)) {
    swapTotal += d.total;
    swapUsed += d.used;
  }
  const clock = strftime('%H:%M:%S', now);
  const uptime = upTime(now - (yield* bootTime(c)));
  const first = `last pid: ${right(lastPid, 5)};  load averages: ${load}`;
  const shown = all.filter((p) => (system || (p.flag & P_SYSTEM) === 0) && p.stat !== SZOMB);
  const rank = (p: Proc): number => (p.stat === SRUN ? 2 : p.stat === SSLEEP && p.slptime < MAXSLP ? 1 : 0);
  shown.sort((a, b) => b.pctcpu - a.pctcpu || b.runtime - a.runtime || rank(b) - rank(a) || a.pid - b.pid);
  const used = swapUsed === 0 ? '' : `${kb(swapUsed)} Used, `;
  const inUse = swapUsed === 0 ? '' : `, ${Math.floor((100 * swapUsed) / swapTotal)}% Inuse`;
  yield* c.print(
    `${first}${right(`up ${uptime}  ${clock}`, Math.max(79 - first.length, 1))}\n` +
      processLine(system ? all : all.filter((p) => (p.flag & P_SYSTEM) === 0)) +
      `\nCPU states: ${times.map((t, i) => `${right(((100 * t) / ticks).toFixed(1), 4)}% ${CPU_STATES[i]}`).join(', ')}\n` +
      `Mem: ${kb(v.v_active_count)} Active, ${kb(v.v_inactive_count)} Inact, ${kb(v.v_wire_count)} Wired, ` +
      `${kb(v.v_cache_count)} Cache, ${kb(v.v_free_count)} Free\n` +
      `Swap: ${kb(swapTotal)} Total, ${used}${kb(swapTotal - swapUsed)} Free${inUse}\n\n\n` +
      `  PID USERNAME PRI NICE  SIZE    RES STATE ${ncpu > 1 ? ' C' : ''}   TIME   WCPU    CPU COMMAND\n` +
      shown
        .slice(0, LINES)
        .map((p) => row(p, ncpu))
        .join(''),
  );
  return 0;
};
