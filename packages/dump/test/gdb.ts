import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { symbolFile } from '@trap12/elf';
import { SOURCES } from '@trap12/system/node.js';
import type { Target } from '@trap12/target';
import { coreFile, SYMBOL_FILE, type SparseFile, sparseBytes } from '../src/index.js';

/** Is a tool there? If not, says so loudly: what it would have judged is not judged. */
export function have(tool: string): boolean {
  const there = spawnSync(tool, ['--version']).status === 0;
  if (!there) console.warn(`\n*** ${tool} is not installed: the tests that it judges are SKIPPED ***\n`);
  return there;
}

/** A directory for files that gdb is to read, with the symbol file in it. */
export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'trap12-dump-'));

  path(name: string): string {
    return join(this.directory, name);
  }

  put(name: string, file: SparseFile | Uint8Array): string {
    writeFileSync(this.path(name), file instanceof Uint8Array ? file : sparseBytes(file));
    return this.path(name);
  }

  /** Writes symbol file and core of a machine. */
  putMachine(target: Target): void {
    const options = { name: 'kernel', sources: SOURCES, producer: 'kcc' };
    this.put(SYMBOL_FILE, symbolFile(target.symbols, options));
    this.put('core', coreFile(target));
  }

  /** What gdb prints when it executes the commands over the core. */
  gdb(commands: readonly string[]): string {
    return gdb([this.path(SYMBOL_FILE), this.path('core')], commands);
  }

  /** What lldb prints: that it is a core of Linux's form, and where the kernel lies, it has to be told. */
  lldb(commands: readonly string[]): string {
    const [symbols, core] = [this.path(SYMBOL_FILE), this.path('core')];
    const all = [
      `target create --arch i386-pc-linux ${symbols} --core ${core}`,
      `target modules load --file ${SYMBOL_FILE} --slide 0`,
      ...commands,
    ];
    const done = spawnSync('lldb', ['--no-lldbinit', '-l', 'none', '-b', ...all.flatMap((c) => ['-o', c])], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      timeout: 120_000,
    });
    return done.stdout;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

/** Runs gdb over files, in batch, without anybody's settings. */
export function gdb(files: readonly string[], commands: readonly string[]): string {
  const settings = ['set width 0', 'set height 0', 'set print frame-arguments all', 'set print address on'];
  const words = ['-nx', '-q', '-batch', ...[...settings, ...commands].flatMap((c) => ['-ex', c]), ...files];
  return execFileSync('gdb', words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
  });
}
