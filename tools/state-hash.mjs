/**
 * Runs a load and prints a hash of what came of it: RAM, console, virtual time, disk traffic. The same
 * arguments give the same line on every machine and every version of Node; two lines that differ are a defect
 * (docs/performance.md tells how to compare).
 *
 * usage: node tools/state-hash.mjs [--seed N] [--ncpu N] [--ram BYTES[m]] [--locking REGIME] [--seconds N]
 * [COMMAND]
 */
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';

/** A load that swaps on 24M. */
export const SWAPPING_LOAD = 'sleepers 3 & memcheck 32m; ps; swapinfo';

/** The hash of a machine as it stands, and of what its console has shown. */
export function stateHash(system, text) {
  const { machine } = system;
  const hash = createHash('sha256');
  hash.update(machine.ram.u8);
  hash.update(text);
  const { disk } = machine;
  const facts = {
    now: machine.now(),
    cpus: machine.cpus.map((cpu) => [cpu.timeNs, cpu.context, cpu.pending, cpu.cr2]),
    registers: [...machine.reg],
    walks: machine.mmu.walks,
    disk: [disk.sectorsRead, disk.sectorsWritten],
  };
  hash.update(JSON.stringify(facts));
  return hash.digest('hex');
}

/** Runs `setup` to its end, or for so many virtual seconds. */
export async function runAndHash(given, seconds = 120) {
  const system = createSystem(await loadKernel(), given);
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const why = system.machine.run(seconds * 1e9);
  return { hash: stateHash(system, text), why, text, nowNs: system.machine.now(), system };
}

async function main(argv) {
  const given = { ramBytes: 24 << 20, command: SWAPPING_LOAD };
  let seconds = 120;
  for (let i = 0; i < argv.length; i++) {
    const value = argv[i + 1];
    if (!argv[i].startsWith('--')) given.command = argv.slice(i).join(' ');
    if (!argv[i].startsWith('--')) break;
    if (value === undefined) return usage();
    if (argv[i] === '--seed') given.seed = Number(value);
    else if (argv[i] === '--ncpu') given.ncpu = Number(value);
    else if (argv[i] === '--ram') given.ramBytes = parseInt(value, 10) * (/m$/i.test(value) ? 1 << 20 : 1);
    else if (argv[i] === '--locking') given.locking = value;
    else if (argv[i] === '--seconds') seconds = Number(value);
    else return usage();
    i++;
  }
  try {
    const { hash, why, nowNs } = await runAndHash(given, seconds);
    console.log(`${hash} ${why} ${nowNs}`);
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`state-hash: ${error.message}`);
    return 2;
  }
}

function usage() {
  console.error(
    'usage: node tools/state-hash.mjs [--seed N] [--ncpu N] [--ram BYTES[m]] [--locking REGIME] [--seconds N] [COMMAND]',
  );
  return 2;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await main(process.argv.slice(2));
