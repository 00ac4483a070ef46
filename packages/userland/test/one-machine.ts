import { type Kernel, oneAtATime, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';

const make = oneAtATime();
let kernel: Promise<Kernel> | undefined;

/**
 * A machine with the kernel as built. It is taken from who asked last: of machines that are needed one after
 * the other only the first has to be compiled by the host.
 */
export async function oneMachine(options: Partial<SystemOptions>): Promise<System> {
  kernel ??= loadKernel();
  return make(await kernel, options);
}
