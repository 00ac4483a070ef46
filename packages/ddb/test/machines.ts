import { createSystem, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { frameOwner, latin1Bytes, type Memory, type Target } from '@trap12/target';
import { Ddb } from '../src/index.js';

export interface Stopped {
  system: System;
  target: Target;
  memory: Memory;
  console: () => string;
  resetConsole(text: string): void;
}

const RAM = 16 << 20;
const SWAP = 32 << 20;

/** A booted machine, not yet run. */
export async function machine(given: Partial<SystemOptions>): Promise<Stopped> {
  const system = createSystem(await loadKernel(), { ramBytes: RAM, swapBytes: SWAP, ...given });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const { target, memory } = system;
  const resetConsole = (old: string): void => {
    text = old;
  };
  return { system, target, memory, console: () => text, resetConsole };
}

/** What a test may change of a machine that no longer runs. */
interface Saved {
  m: Stopped;
  ram: Uint8Array;
  registers: Int32Array;
  interruptsEnabled: boolean;
  text: string;
}

let saved: Saved | undefined;

/**
 * Three idle seconds: the shell waits for one that sleeps, the daemons sleep. Booted once a file; each call
 * gets it as it was.
 */
export async function idle(): Promise<Stopped> {
  if (saved === undefined) {
    const m = await machine({ command: 'sleep 1000 & sleep 3000' });
    m.system.machine.run(3e9);
    const { ram, reg, cpu } = m.system.machine;
    saved = {
      m,
      ram: ram.u8.slice(),
      registers: reg.slice(),
      interruptsEnabled: cpu.interruptsEnabled,
      text: m.console(),
    };
  }
  const { m, text } = saved;
  const { ram, reg, cpu, mmu } = m.system.machine;
  ram.u8.set(saved.ram);
  reg.set(saved.registers);
  cpu.nested = 0;
  cpu.interruptsEnabled = saved.interruptsEnabled;
  mmu.flush();
  // The stack's translation, as it was: the machine stood on it.
  m.system.machine.traps.loadWord(reg[0]!);
  m.system.machine.traps.storeWords(reg[0]!, 0, [m.system.machine.traps.loadWord(reg[0]!)]);
  m.resetConsole(text);
  return m;
}

/** Runs on in small steps until something is so; the machine then stands between two slices. */
export function runUntil(m: Stopped, holds: () => boolean, stepNs = 10e6, limitNs = 60e9): void {
  for (let t = stepNs; t < limitNs; t += stepNs) {
    if (m.system.machine.run(t) !== 'time') throw new Error(`stopped early:\n${m.console()}`);
    if (holds()) return;
  }
  throw new Error(`never came:\n${m.console()}`);
}

/**
 * Calls a plain kernel function on the stack of the stopped machine, as if from where it stands; it must end
 * in a stop.
 */
export function callToStop(m: Stopped, name: string, ...args: number[]): void {
  const { machine: hw, functions } = m.system;
  const back = new Ddb(m.target).session.registers.eip | 0;
  try {
    functions[name]!(back, ...args);
  } catch (error) {
    if (error instanceof Error && error.name === 'MachineStop') {
      hw.console.flush();
      return;
    }
    throw error;
  }
  throw new Error(`${name} returned`);
}

/**
 * Puts a string where nothing else is (the message of a double fault's machine stop) and returns its address.
 */
export function kernelString(m: Stopped, text: string): number {
  const at = m.memory.target.symbols.address('hw_panicstr');
  m.target.write(at, latin1Bytes(`${text}\0`));
  return at | 0;
}

/** pids of processes that are not in memory. */
export function swappedOut(m: Stopped): number[] {
  const out: number[] = [];
  for (const line of new Ddb(m.target).execute('show threads')) {
    const match = /^\s*(\d+) .*: swapped out/.exec(line);
    if (match !== null) out.push(Number(match[1]));
  }
  return out;
}

/** The function in whose frame the running CPU stands. */
export function standsIn(m: Stopped): string | undefined {
  return frameOwner(m.memory, m.system.machine.reg[1]!);
}
