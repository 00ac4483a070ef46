import type { Builder } from '../builder.js';
import { isStackBase } from '../functions/index.js';
import type { Line } from '../line.js';
import type { Form } from './form.js';

const MARK =
  /^(?:\[|<|\(|\*+ ?|-+ ?)?(?:\.{3,}|\u2026|snip(?:ped)?|cut|deleted|omitted|elided|lines? (?:omitted|deleted|lost)|some lines.{0,30}|\.{3,} ?\w{1,40} ?\.{3,})(?:\]|>|\)| ?\*+| ?-+)?$/i;

/** Where the writer left lines out: `...`, `[snip]`, `<cut>`. */
export const gaps: Form = {
  id: 'gaps',
  reads: 'marks of omitted lines',
  systems: 'all',
  leads: ['previous frame ', 'backtrace stopped: '],
  first: '.[<(*-sc',
  line(line: Line, b: Builder): boolean {
    if (b.low.startsWith('previous frame ') || b.low.startsWith('backtrace stopped: ')) {
      // Past a system call lies user space, which a kernel's debugger cannot read.
      const last = b.trace?.frames.at(-1);
      const whole =
        b.trace?.whole === true ||
        b.trace?.boundaries.some((each) => each.what === 'syscall') === true ||
        (last !== undefined && isStackBase(last.function));
      if (!whole && b.damage.length < 200) {
        b.damage.push({
          kind: 'truncated',
          what: 'outer end of the backtrace',
          reason: 'the debugger lost the stack',
          span: b.span(),
        });
      }
      return true;
    }
    if (line.text.length > 40 || !MARK.test(line.text)) return false;
    if (b.current === null) return false;
    b.skip(true);
    b.leaveOut({
      kind: 'gap',
      what: b.trace === null ? 'lines' : 'frames of the backtrace',
      reason: `the writer left lines out ("${line.text}")`,
      span: b.span(),
    });
    return true;
  },
};
