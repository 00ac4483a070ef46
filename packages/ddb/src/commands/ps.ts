import type { Command } from './command.js';
import { show } from './show.js';

/** The processes, in the columns of May 2001. */
export const ps: Command = {
  name: 'ps',
  usage: '',
  help: 'all processes',
  manual: [
    'Columns: pid, address of struct proc, address of its kernel stack (struct user), user, parent, process group, p_flag, state (1 SIDL, 2 SRUN, 3 SSLEEP, 4 SSTOP, 5 SZOMB, 6 SWAIT, 7 SMTX), what it waits for and where, name.',
  ],
  run(session) {
    show.run(session, '', 'procs');
  },
};
