import { MachineStop } from '@trap12/machine';
import { stopRegisters } from '@trap12/target';
import type { System } from './system.js';

/**
 * Calls a plain kernel function on the stack of a machine that has stopped, as DDB's `call` does, as if from
 * where it stopped. What it prints goes to the console.
 * @returns its value; undefined if the machine stopped in it
 */
export function callStopped(system: System, name: string, ...args: number[]): unknown {
  const { machine, functions, memory } = system;
  try {
    return functions[name]!(stopRegisters(memory).eip | 0, ...args);
  } catch (error) {
    if (error instanceof MachineStop) return undefined;
    throw error;
  } finally {
    machine.console.flush();
  }
}
