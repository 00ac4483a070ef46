import {
  choicesAgain,
  type Lab,
  panicMessage,
  type Schedule,
  SpeedscopeLog,
  TraceLog,
} from '@trap12/explore';
import type { Observer } from '@trap12/machine';
import type { Target } from '@trap12/target';
import { brokenFile, unwritten } from './exit.js';
import { wholeFile, writeSparse } from './sparse-file.js';

export const TRACE_HELP =
  'write what happened as a trace for ui.perfetto.dev, or, if the name ends in .speedscope.json, where the time went for speedscope.app';

/** What writes down a run, for a file. */
export interface Tracer {
  readonly observer: Required<Pick<Observer, 'happened'>> &
    Pick<Observer, 'disk'> & { readonly classes: readonly string[] };
  /** To be called once, where the run has ended */
  write(): void;
}

/** The form goes by the name of the file. */
export function tracerFor(path: string, target: Target): Tracer {
  const profile = path.endsWith('.speedscope.json');
  const log = profile ? new SpeedscopeLog(target) : new TraceLog(target);
  const { classes } = profile ? SpeedscopeLog : TraceLog;
  let broken: { error: unknown } | undefined;
  // The run goes on without it: what it comes to is worth more.
  const note = (what: () => void): void => {
    if (broken !== undefined) return;
    try {
      what();
    } catch (error) {
      broken = { error };
    }
  };
  return {
    observer: {
      classes,
      happened: (kind, object, arg, view) => note(() => log.happened(kind, object, arg, view)),
      disk: (transfer, view) => {
        if (log instanceof TraceLog) note(() => log.disk(transfer, view));
      },
    },
    write() {
      if (broken !== undefined) {
        unwritten(brokenFile('--trace', path, broken.error));
        return;
      }
      const end = log instanceof SpeedscopeLog ? log.finish() : log.finish(panicMessage(target));
      writeSparse('--trace', path, wholeFile(typeof end === 'string' ? new TextEncoder().encode(end) : end));
    },
  };
}

/** Makes the run of a schedule once more, and writes it down. */
export function traceSchedule(lab: Lab, { choices }: Schedule, path: string): void {
  const tracer = tracerFor(path, lab.system.target);
  lab.attempt(choicesAgain(lab.system, choices), tracer.observer);
  tracer.write();
}
