/** The shell: scripts as files, as arguments of -c and on standard input. */
import { runInputs } from './in-machine.mjs';
import { script } from './scripts.mjs';

/** What sh is started with. */
const OPTIONS = [[], [], [], [], ['-e'], ['-x'], ['-n'], ['-u'], ['-v'], ['-f'], ['-m'], ['-i'], ['-ex']];

function input(r) {
  const text = script(r);
  const options = r.pick(OPTIONS);
  const stdin = r.pick(['', 'one two\nthree\\\nfour\n', 'x']);
  switch (r.below(4)) {
    case 0:
      return { argv: ['sh', ...options, '-c', text, 'name', 'one', ''], stdin };
    case 1:
      return { argv: ['sh', ...options], stdin: text };
    default:
      return {
        argv: ['sh', ...options, './f', 'one', 'two words', ''],
        file: text,
        stdin,
        closed: r.once(20) ? r.below(8) : 0,
      };
  }
}

export const sh = {
  name: 'sh',
  what: 'scripts of the shell',
  batch: 120,
  weight: 3,
  run: (seed, from, count) => runInputs('sh', seed, from, count, input),
};
