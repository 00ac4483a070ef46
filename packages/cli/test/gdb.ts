import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { symbolFile } from '@trap12/elf';
import { loadProgramImage, PROGRAM_SOURCES, SOURCES } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';

/** Is gdb there? If not, says so loudly: what it would have judged is not judged. */
export function haveGdb(): boolean {
  const there = spawnSync('gdb', ['--version']).status === 0;
  if (!there) console.warn('\n*** gdb is not installed: the tests that it judges are SKIPPED ***\n');
  return there;
}

const SETTINGS = ['set width 0', 'set height 0', 'set confirm off', 'set print thread-events off'];

/** gdb over the wire, with symbol files of the kernel and of programs. */
export class RemoteGdb {
  private readonly directory = mkdtempSync(join(tmpdir(), 'trap12-gdb-'));
  private readonly kernel = join(this.directory, 'kernel.debug');

  constructor(symbols: SymbolTable) {
    writeFileSync(this.kernel, symbolFile(symbols, { name: 'kernel', sources: SOURCES, producer: 'kcc' }));
  }

  /** Writes the symbol file of a program, where gdb finds it by its name. */
  program(name: string): void {
    const options = { name, sources: PROGRAM_SOURCES, producer: 'kcc' };
    const bytes = symbolFile(new SymbolTable(loadProgramImage(name)!), options);
    writeFileSync(join(this.directory, name), bytes);
  }

  /**
   * What gdb says when it attaches to a port and executes the commands; the server may be in this process.
   */
  async run(port: number, commands: readonly string[]): Promise<string> {
    const path = join(this.directory, 'said');
    // One file for both of its outputs, so that they are in order.
    const said = openSync(path, 'w');
    try {
      const all = [...SETTINGS, `target remote 127.0.0.1:${port}`, ...commands];
      const words = ['-nx', '-q', '-batch', ...all.flatMap((c) => ['-ex', c]), this.kernel];
      const child = spawn('gdb', words, { cwd: this.directory, stdio: ['ignore', said, said] });
      // Its status is that of the last command.
      const killed = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (_code, signal) => resolve(signal));
      });
      const text = readFileSync(path, 'utf8');
      if (killed !== null) throw new Error(`gdb was killed by ${String(killed)}:\n${text}`);
      return text;
    } finally {
      closeSync(said);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** What does not depend on the build of the kernel. */
export const normalised = (text: string): string =>
  text
    .replaceAll(/0x[0-9a-f]{4,}/g, 'ADDRESS')
    .replaceAll(/(\.ts:)\d+/g, '$1N')
    .replaceAll(/\bline \d+/g, 'line N')
    .replaceAll(/^(?:ADDRESS\t)?\d+\t/gm, 'N\t')
    .replaceAll(/<(\w+)\+\d+>/g, '<$1+N>')
    .replaceAll(/\b\d{4,}(\.\d+)?\b/g, '#')
    .replaceAll(/[ \t]+$/gm, '');
