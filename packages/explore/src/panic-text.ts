import { Ddb } from '@trap12/ddb';
import { checkNeeds, NEED, type Target } from '@trap12/target';

/**
 * What the console of a stopped machine shows, in the layout of a mailed report: the trap message that the
 * kernel printed, where it stopped, a trace and the registers. All of it is read from simulated memory and
 * the listing.
 * @param console what the kernel printed up to the stop
 */
export function panicText(target: Target, console: string): string {
  checkNeeds('panicText', { target, console }, { target: NEED.target, console: NEED.text });
  const ddb = new Ddb(target);
  const lines = [...ddb.banner(), 'db> t', ...ddb.execute('t'), 'db> sh r', ...ddb.execute('sh r')];
  return `${lastMessage(console)}${lines.join('\n')}\n`;
}

/**
 * The kernel's message about its own death: from the last "Fatal" or "panic:" line on; '' if there is none.
 * @param console what the kernel printed
 */
export function lastMessage(console: string): string {
  checkNeeds('lastMessage', { console }, { console: NEED.text });
  const text = console.replaceAll('\r', '');
  let at = -1;
  for (const mark of ['\nFatal trap ', '\nFatal double fault', '\npanic: ']) {
    const found = text.lastIndexOf(mark);
    if (found >= 0 && (at < 0 || found < at)) at = found;
  }
  const tail = at < 0 ? '' : text.slice(at + 1);
  return tail === '' || tail.endsWith('\n') ? tail : `${tail}\n`;
}
