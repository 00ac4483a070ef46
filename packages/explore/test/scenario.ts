import { fileURLToPath } from 'node:url';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeOptions } from '@trap12/system';
import { compileScenario } from '@trap12/system/compile-kernel.js';
import { Lab, type Schedule } from '../src/index.js';

export const EXAMPLES = fileURLToPath(new URL('../../../examples/scenarios/', import.meta.url));

/** A lab for a scenario of the examples. */
export function labFor(name: string, patches: readonly string[] = []): Lab {
  return labOfFile(`${EXAMPLES}${name}.ts`, patches);
}

/** Several labs of the same, which have nothing in common. */
export function labsFor(name: string, count: number): Lab[] {
  const { kernel, scenario, executables } = compileScenario(`${EXAMPLES}${name}.ts`);
  const options = { ...completeOptions({}), executables };
  return Array.from(
    { length: count },
    () => new Lab({ kernel, scenario, options, seconds: scenario.seconds, from: 'start' }),
  );
}

export function labOfFile(
  path: string,
  patches: readonly string[] = [],
  form: 'fast' | 'checked' = 'fast',
): Lab {
  const { kernel, scenario, executables } = compileScenario(path, patches, form);
  return new Lab({
    kernel,
    scenario,
    options: { ...completeOptions({}), executables },
    seconds: scenario.seconds,
    from: 'start',
  });
}

/** A lab for a scenario that the test has written, with a patch if there is one. */
export function labOfText(text: string, form: 'fast' | 'checked' = 'fast', patch?: string): Lab {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-scenario-'));
  try {
    const path = join(dir, 'scenario.ts');
    writeFileSync(path, text);
    const patches = patch === undefined ? [] : [join(dir, 'patch.ts')];
    for (const file of patches) writeFileSync(file, patch!);
    return labOfFile(path, patches, form);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The parts of a schedule that say what it is of do not matter to who replays it in a lab. */
export function scheduleWith(
  lab: Lab,
  rest: Pick<Schedule, 'choices' | 'ended' | 'endedNs' | 'hash'>,
): Schedule {
  const { ramBytes, ncpu, swapBytes, seed, locking, packetsPerSecond, tunables } = completeOptions(
    lab.options,
  );
  return {
    image: lab.system.image.hash,
    scenario: 'a.ts',
    patches: [],
    command: undefined,
    machine: { ramBytes, ncpu, swapBytes, seed, locking, packetsPerSecond, tunables },
    seconds: lab.seconds,
    from: 'start',
    ...rest,
  };
}
