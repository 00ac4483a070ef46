import { CHANCES, TREES } from '@trap12/explore';
import type { Command } from 'commander';
import { CANARY, COMMAND_STRATEGIES, named, THREADS_STRATEGIES } from './work/campaign-subject.js';
import { collect, integer, patchOption } from './options.js';

/** What the command line says. */
export interface CampaignFlags {
  canary: string[];
  patch: string[];
  strategy?: string[];
  /** undefined: as many as it has processors */
  workers?: number;
  seconds?: number;
  units?: number;
  html?: string;
  queue?: string;
}

/** trap12 campaign: searches scenarios for as long as it is left to, and never twice in the same place. */
export function addCampaign(program: Command, setStatus: (status: number) => void): void {
  program
    .command('campaign')
    .description(
      'search scenarios on and on; all of it is kept in a directory, goes on where it stood, and is never done twice (docs/campaigns.md)',
    )
    .argument('<dir>', "the campaign's directory; made if it is not there")
    .argument('[scenario...]', 'scenarios (FILE.ts) to search; without any, what is known is shown')
    .option(
      '--canary <file>',
      `a scenario that has to fail, or the campaign is red (may be repeated; default: ${CANARY})`,
      collect,
      [] as string[],
    )
    .addOption(patchOption())
    .option(
      '--strategy <name>',
      `how schedules are chosen: ${[...Object.keys(CHANCES), ...Object.keys(TREES)].join(', ')} (may be repeated; default: ${THREADS_STRATEGIES.join(', ')}; of a command ${COMMAND_STRATEGIES.join(', ')})`,
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '--workers <n>',
      'threads of this computer that work at it, 1 to 256 (default: all)',
      integer(1, 256),
    )
    .option('--seconds <n>', 'begin no unit after so many seconds (default: go on)', integer(1, 1e8))
    .option('--units <n>', 'begin no more than so many units (default: go on)', integer(1, 1e9))
    .option('--queue <url>', 'hand the units to `trap12 worker` by a NATS server, nats://HOST[:PORT]')
    .option('--html <file>', 'write a page of its state, every few seconds')
    .addHelpText(
      'after',
      '\nExit code 0: the canary failed, and nothing else did; 1: red; 2: no campaign, or another process has it.\n\nExample:\n  $ trap12 campaign night --seconds 3600 examples/scenarios/counter.ts\n',
    )
    .action(async (dir: string, scenarios: string[], flags: CampaignFlags) =>
      setStatus(await named(() => searched(dir, scenarios, flags))),
    );
}

/** What keeps a campaign is loaded only then: other commands have no database. */
async function searched(dir: string, scenarios: string[], flags: CampaignFlags): Promise<number> {
  const { campaign } = await import('./campaign-run.js');
  return campaign(dir, scenarios, flags);
}
