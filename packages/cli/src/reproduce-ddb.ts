import type { Schedule } from '@trap12/explore';
import type { System } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';
import { DebuggerPrompt, ddbPrompt } from './ddb-prompt.js';
import { debug, type DebugMachine, runOn } from './debug-run.js';
import { unlessInterrupted } from './exit.js';
import { checkedReplay } from './replay.js';

/**
 * The debugger at the end of a run that was found, with the way there behind it: the run is made once more,
 * in the kernel's checked form. Where that ends otherwise, or somebody does not want to wait, the debugger is
 * over the machine that was found, which does not go on.
 * @param found undefined: it would have to be made first, and who does not want to wait gets no debugger
 * @param memory bytes of snapshots
 */
export async function debugFound(
  found: System | undefined,
  schedule: Schedule,
  memory: number,
): Promise<void> {
  const host = new NodeHost();
  process.stderr.write('making the run once more, to go back through (Ctrl-C: without)\n');
  let machine: DebugMachine | undefined;
  let ended: string | undefined;
  try {
    machine = await unlessInterrupted(() => checkedReplay('the run that was found', schedule, memory));
    ended = machine && (await runOn(machine, host));
  } finally {
    host.close();
  }
  const died = ended === 'panic' || ended === 'debugger';
  if (machine !== undefined && died && machine.system.machine.now() === schedule.endedNs) {
    const prompt = new DebuggerPrompt(machine.system.target, true);
    await debug({ ...machine, prompt, stands: true });
    return;
  }
  if (!host.interrupted)
    process.stderr.write(
      `step by step the run ends otherwise: ${found === undefined ? 'no debugger' : 'this machine can be looked at, not gone back in'}\n`,
    );
  if (found !== undefined) await ddbPrompt(found.target);
}
