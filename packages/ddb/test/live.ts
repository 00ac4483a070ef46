import { createSystem, History, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { Ddb } from '../src/index.js';

export const checked = await loadKernel(undefined, 'checked');
export const END_NS = 60e9;

/** A machine in its checked form under the debugger, with nothing run yet. */
export class Live {
  readonly system: System;
  readonly ddb: Ddb;
  console = '';
  private goes = false;
  private history: History | undefined;

  constructor(options: Partial<SystemOptions> = {}) {
    this.system = createSystem(checked, { ramBytes: 16 << 20, command: 'echo done', ...options });
    this.system.machine.console.onOutput = (s) => {
      this.console += s;
    };
    this.ddb = new Ddb(this.system.target, () => {
      this.goes = true;
    });
  }

  /** What a command prints, and where it stops if it goes on. */
  type(line: string): string[] {
    this.goes = false;
    const said = this.ddb.execute(line);
    if (!this.goes) return said;
    const why = (this.history ?? this.system.machine).run(END_NS);
    return why === 'step' || why === 'debugger' || why === 'panic'
      ? [...said, ...this.ddb.stopped()]
      : [...said, why];
  }

  remember(): this {
    this.history = new History(this.system);
    return this;
  }

  /** The function at the top of the trace, and all of them. */
  trace(): string[] {
    return this.ddb.execute('t').map((l) => l.replace(/\(.*/, ''));
  }
}

/** Where the machine stands, in what the debugger said at the stop. */
export const place = (lines: string[]): string | undefined => /at\t([\w+:]+):\t/.exec(lines.join('\n'))?.[1];
