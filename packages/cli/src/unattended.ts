import { processes } from '@trap12/kernel';
import { type Ending, type RunHost, runFor, type System } from '@trap12/system';

const NS = 1e9;

/** End of file, where it is typed. */
const EOT = '\x04';

/** Does a process wait for what is typed on the console? */
function waitsForConsole({ memory, symbols }: System): boolean {
  const asleep = symbols.constant('SSLEEP');
  for (const p of processes(memory)) {
    const get = (field: string): number => memory.field('proc', p, field);
    if (get('p_stat') === asleep && get('p_wchan') !== 0 && memory.string(get('p_wmesg'), 16) === 'ttyin')
      return true;
  }
  return false;
}

/**
 * Runs a machine at whose console nobody sits: who waits there for input is told its end at the next full
 * second of virtual time. All other runs are as they are without.
 * @param seconds virtual seconds since power-on, up to which it is run
 * @param told is told each time that the end is
 */
export async function runUnattended(
  system: System,
  seconds: number,
  host: RunHost,
  told: () => void = () => {},
): Promise<Ending> {
  const { machine } = system;
  for (;;) {
    const why = await runFor(machine, Math.min(Math.floor(machine.now() / NS) + 1, seconds), host);
    if (why !== 'time' || host.stop?.() === true || machine.now() >= seconds * NS) return why;
    if (!waitsForConsole(system)) continue;
    machine.type(EOT);
    told();
  }
}
