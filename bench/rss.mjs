/**
 * Boots a 64 MB machine, runs the report's dd with swapping on it, prints this process's peak resident memory
 * in bytes.
 */
import { loadKernel } from '@trap12/system/node.js';
import { makeSystem, runToHalt } from './system.mjs';

const kernel = await loadKernel();
runToHalt(makeSystem(kernel, { command: 'dd if=/dev/zero of=/dev/null bs=52m count=1' }));
console.log(process.resourceUsage().maxRSS * 1024);
