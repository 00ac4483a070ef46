import { isStart } from './dispatch.js';
import { dropFirst, type Line } from './line.js';
import { digitsEnd, skipBlanks } from './scan.js';

/**
 * Takes off what names the CPU that printed a line: `cpu1: `, `CPU 1: `, `[cpu1] `, `(cpu#1) `. Only in front
 * of a line of a report: `cpu0: Begin traceback...` and the lines of the boot messages stay as they are.
 */
export function stripCpu(line: Line, count: (what: string) => void): Line {
  const s = line.text;
  let i = 0;
  const c = s.charCodeAt(0);
  const close = c === 91 ? 93 : c === 40 ? 41 : 0;
  if (close !== 0) i++;
  if ((s.charCodeAt(i) | 32) !== 99) return line;
  if ((s.charCodeAt(i + 1) | 32) !== 112 || (s.charCodeAt(i + 2) | 32) !== 117) return line;
  i += 3;
  if (s.charCodeAt(i) === 32 || s.charCodeAt(i) === 35) i++;
  const end = digitsEnd(s, i);
  if (end === i || end > i + 3) return line;
  const cpu = Number(s.slice(i, end));
  i = end;
  if (close !== 0 && s.charCodeAt(i) !== close) return line;
  if (close !== 0) i++;
  if (s.charCodeAt(i) === 58) i++;
  else if (close === 0) return line;
  if (s.charCodeAt(i) !== 32) return line;
  const rest = dropFirst(line, i);
  if (!isStart(rest)) return line;
  rest.indent = Math.max(skipBlanks(s, i) - i - 1, 0);
  rest.cpu = cpu;
  count('cpu prefix');
  return rest;
}
