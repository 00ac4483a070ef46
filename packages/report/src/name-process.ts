import type { Builder } from './builder.js';
import { WARNINGS } from './merge-events.js';
import type { PanicEvent } from './types.js';

/*
 * Which process an event was in, where its own lines do not say it whole.
 */

/** The thread that ran on the CPU of the panic; where its number was not read, the only one that ran. */
function nameRunning(event: PanicEvent, b: Builder): void {
  const rows = b.runningLwps.get(event) ?? [];
  const cpu = event.cpu?.value;
  const of = cpu === undefined ? rows : rows.filter((each) => each.cpu === cpu);
  if (of.length === 1) event.process = { ...of[0]!.process, likely: true };
}

/** The name of a process with several threads, by what tells of its locks or by the table. */
function processName(pid: number | undefined, b: Builder): string | undefined {
  // All threads of the kernel are of process 0: its name tells nothing of them.
  if (pid === undefined || pid === 0) return undefined;
  const several = b.ps.filter((each) => each.pid === pid && each.tid !== undefined).length > 0;
  const row = several ? b.ps.find((each) => each.pid === pid && each.tid === undefined) : undefined;
  return b.processNames.get(pid) ?? row?.name;
}

/** The name of the process that panicked, where only the table of processes gives it. */
export function nameProcess(event: PanicEvent, b: Builder): void {
  const running = b.currentThread.get(event);
  // What warned has run on since.
  if (event.process === undefined && running && !WARNINGS.has(event.kind)) event.process = running;
  if (event.process === undefined) nameRunning(event, b);
  const level = b.userLevel.get(event);
  if (event.process === undefined && level !== undefined) event.process = level;
  const process = event.process?.value;
  const thread = b.threads.find(
    ({ value }) => process !== undefined && value.pid === process.pid && value.tid === process.tid,
  );
  // Of a process with several threads the name of the one is not its own.
  const whole = thread === undefined ? undefined : processName(thread.value.pid, b);
  if (thread !== undefined && whole !== undefined && process!.name === thread.value.name) {
    event.process = { ...event.process!, value: { ...process, name: whole }, likely: true };
    return;
  }
  if (thread !== undefined && process!.name === undefined) {
    event.process = {
      value: { ...process, name: whole ?? thread.value.name! },
      span: thread.span,
      likely: true,
    };
    return;
  }
  if (process === undefined || process.name !== undefined || process.idle === true) return;
  const row =
    b.ps.find((each) => each.tid !== undefined && each.tid === process.tid && each.pid === process.pid) ??
    b.ps.find((each) => each.pid === process.pid && each.tid === undefined);
  const name = processName(process.pid, b) ?? row?.name;
  if (name !== undefined)
    event.process = { value: { ...process, name }, span: event.process!.span, likely: true };
}
