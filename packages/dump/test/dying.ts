import { callStopped, createSystem, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { latin1Bytes } from '@trap12/target';
import { savecore } from '../src/index.js';

/** A machine that can be made to die, as often as wanted. */
export interface Dying {
  system: System;
  /** What it has printed since it was last made to die */
  console: () => string;
  /** Has the kernel die in some way where it stands; it dumps and reboots. What it printed. */
  die(how: Death): string;
  /** The dump that it left */
  dump(): Uint8Array;
  /** Goes back to where it stood before */
  back(): void;
}

export type Death = keyof typeof DEATHS;

type Call = (name: string, ...args: number[]) => unknown;

/** What kills it: as the machine does it to a kernel, on the stack of whatever runs. */
const DEATHS = {
  panic: (call: Call, text: number) => call('panic', text),
  'page fault': (call: Call) => call('vm_object_reference', 0x30),
  'page fault, writing': (call: Call) => call('bzero', 0x10, 64),
  'panic with sched_lock': (call: Call, text: number, lock: (name: string) => number) => {
    call('mtx_lock_spin', lock('sched_lock'));
    call('panic', text);
  },
  "panic with the driver's lock": (call: Call, text: number, lock: (name: string) => number) => {
    call('mtx_lock_spin', lock('ad_mtx'));
    call('panic', text);
  },
  'failed assertion': (call: Call) => call('vm_assert_failed'),
} as const;

export const deaths = Object.keys(DEATHS) as Death[];

export async function dying(given: Partial<SystemOptions>): Promise<Dying> {
  const system = createSystem(await loadKernel(), { debuggerOnPanic: false, ...given });
  const { machine, symbols } = system;
  let text = '';
  machine.console.onOutput = (chunk) => {
    text += chunk;
  };
  let before = machine.save();
  return {
    system,
    console: () => text,
    die(how) {
      before = machine.save();
      text = '';
      // In no string of the kernel's: its stack's unused end.
      const at = machine.reg[0]! - 1024;
      [...latin1Bytes(`${how}, on purpose\0`)].forEach((byte, i) => {
        system.target.write((at + i) >>> 0, Uint8Array.of(byte));
      });
      machine.reg[0] = at - 64;
      const call: Call = (name, ...args) => callStopped(system, name, ...args);
      DEATHS[how](call, at, (name) => symbols.address(name) | 0);
      return text;
    },
    dump: () => savecore((sector) => machine.disk.sector(sector), machine.disk.sectors, symbols),
    back: () => machine.restore(before),
  };
}
