import { createSystem, History, runFor, type System, type SystemOptions } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';
import { DebuggerPrompt } from './ddb-prompt.js';
import { debug, type DebugFlags } from './debug-run.js';
import { hasNoInput } from './input.js';
import { loadSubject } from './subject.js';

const NS = 1e9;
/** Between two turns of the host the past is noted, too. */
const SLICE_NS = 2e7;

/** What has to be known of a run to make it again. */
export interface Again {
  options: SystemOptions;
  patches: readonly string[];
  flags: Pick<DebugFlags, 'seconds' | 'memory' | 'quiet'>;
}

/**
 * The debugger over a machine that somebody had stop there, without a panic, and that is to go on from there:
 * the fast form of the kernel does not. The same run is made once more in the checked form, unseen, up to the
 * same moment.
 * @returns the exit status; undefined: it does not come to the same, so that the machine does not go on
 */
export async function debugAgain(stopped: System, again: Again): Promise<number | undefined> {
  const { options, patches, flags } = again;
  // Nobody is there who could have it go on.
  if (hasNoInput()) return undefined;
  const { kernel } = await loadSubject({ file: undefined, patches, seconds: undefined }, options, 'checked');
  const system = createSystem(kernel, options);
  const history = new History(system, flags.memory);
  const host = new NodeHost();
  try {
    const why = await runFor(history, flags.seconds, host, SLICE_NS);
    if (why !== 'debugger' || system.machine.now() !== stopped.machine.now()) return undefined;
  } finally {
    host.close();
  }
  const prompt = new DebuggerPrompt(system.target, true);
  return debug({ system, history, prompt, endNs: flags.seconds * NS, stands: true, quiet: flags.quiet });
}
