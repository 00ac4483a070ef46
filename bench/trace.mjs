/**
 * What a trace costs: processor time of a run that pages and of writing its trace in memory, beside the
 * same run without one. Rounds are taken in turn.
 */
import { SpeedscopeLog, TraceLog } from '@trap12/explore';
import { makeSystem, runToHalt } from './system.mjs';

const ROUNDS = 6;
const LOAD = { ramBytes: 32 << 20, command: 'memcheck 20m && cat /bin/sh | wc -c && memcheck 40m' };

function processorSeconds(f) {
  const before = process.cpuUsage();
  f();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** @param Log what writes it down; none: nobody */
function run(kernel, Log) {
  const system = makeSystem(kernel, LOAD);
  return processorSeconds(() => {
    const log = Log && new Log(system.target);
    if (log) system.observe({ happened: (...what) => log.happened(...what) }, Log.classes);
    runToHalt(system);
    log?.finish();
  });
}

/** Of the best round each: in the first ones the host's compiler is still at work. */
export function traceRatios(kernel) {
  const best = { nobody: Infinity, perfetto: Infinity, speedscope: Infinity };
  const logs = { nobody: undefined, perfetto: TraceLog, speedscope: SpeedscopeLog };
  for (let i = 0; i < ROUNDS; i++)
    for (const [name, Log] of Object.entries(logs)) best[name] = Math.min(best[name], run(kernel, Log));
  return { perfetto: best.perfetto / best.nobody, speedscope: best.speedscope / best.nobody, best };
}
