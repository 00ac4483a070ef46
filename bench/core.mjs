/**
 * How long an ELF core of a 64 MB machine takes to write, and gdb to open it with the symbol file; seconds.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreFile } from '@trap12/dump';
import { symbolFile } from '@trap12/elf';
import { SOURCES } from '@trap12/system/node.js';
import { makeSystem, secondsOf } from './system.mjs';

const ROUNDS = 9;
/** All of its memory is in use when it dies: the first page that goes to swap is the end of this kernel. */
const LOAD = { locking: 'vm_mtx-20010519', command: 'memcheck 90m' };

function write(path, file) {
  const fd = openSync(path, 'w');
  for (const { offset, bytes } of file.pieces) writeSync(fd, bytes, 0, bytes.length, offset);
  ftruncateSync(fd, file.size);
  closeSync(fd);
}

export function coreSeconds(kernel) {
  const system = makeSystem(kernel, LOAD);
  if (system.machine.run(600e9) !== 'debugger') throw new Error('the machine did not panic');
  const directory = mkdtempSync(join(tmpdir(), 'trap12-bench-'));
  const [symbols, core] = ['kernel.debug', 'core'].map((name) => join(directory, name));
  try {
    const writing = Array.from({ length: ROUNDS }, () =>
      secondsOf(() => write(core, coreFile(system.target))),
    );
    writeFileSync(symbols, symbolFile(system.symbols, { name: 'kernel', sources: SOURCES, producer: 'kcc' }));
    const opening = [];
    while (opening.length < ROUNDS) {
      let done;
      opening.push(
        secondsOf(() => {
          done = spawnSync('gdb', ['-nx', '-q', '-batch', '-ex', 'bt', symbols, core], { encoding: 'utf8' });
        }),
      );
      if (done.error?.code === 'ENOENT') return { writing, opening: [] };
      if (!done.stdout.includes('in panic (')) throw new Error(`gdb: ${done.stdout}${done.stderr}`);
    }
    return { writing, opening };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
