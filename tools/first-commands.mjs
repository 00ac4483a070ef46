/** Whether a kernel runs: it boots, does what the first commands of most people have it do, and halts. */
import { createSystem, runFor } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';

const PIPELINE = 'ls -l / | wc; ps; cat /etc/rc; dd if=/dev/zero of=/dev/null count=1; memcheck 100k';
/** Virtual seconds that they may take; two are more than they do. */
const SECONDS = 60;

/**
 * Has a kernel run the first commands. Why it does not, in a line; undefined: it does.
 * @param patienceMs see NodeHost
 */
export async function whyNot(kernel, patienceMs) {
  const system = createSystem(kernel, { command: PIPELINE });
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text;
  };
  const host = new NodeHost(patienceMs);
  let why;
  try {
    why = await runFor(system.machine, SECONDS, host);
  } catch (error) {
    if (error.name !== 'NoProgressError') throw error;
    return 'it hangs';
  } finally {
    host.close();
  }
  if (host.interrupted) return 'interrupted';
  if (why === 'time') return 'it hangs';
  if (why === 'halt')
    return system.exitStatus === 0 ? undefined : `they end with status ${system.exitStatus}`;
  system.machine.console.flush();
  const { panicText } = await import('@trap12/explore');
  const { parseReport } = await import('@trap12/report');
  return parseReport(panicText(system.target, console)).title;
}
