import * as util from 'node:util';
import type { Emphasis } from '@trap12/report';

const FORMATS: Record<Emphasis, Parameters<typeof util.styleText>[0]> = {
  title: 'bold',
  heading: ['bold', 'underline'],
  place: 'cyan',
  reason: 'dim',
  doubt: 'yellow',
  bad: 'red',
  culprit: ['bold', 'magenta'],
};

/**
 * How a terminal sets pieces of text apart; undefined for files and pipes. The terminal's stream itself knows
 * NO_COLOR, FORCE_COLOR and TERM; the first releases of Node 20 have no `styleText`, and there everything is
 * plain.
 */
export function terminalStyle(
  stream: NodeJS.WriteStream,
): ((what: Emphasis, text: string) => string) | undefined {
  const { NO_COLOR, ...others } = process.env;
  // Empty it says nothing (no-color.org), whatever the release of Node makes of it.
  const env = NO_COLOR === undefined || NO_COLOR === '' ? others : process.env;
  if (stream.isTTY !== true || !stream.hasColors(env) || util.styleText === undefined) return undefined;
  return (what, text) => util.styleText(FORMATS[what], text, { validateStream: false });
}
