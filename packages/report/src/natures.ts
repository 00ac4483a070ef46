import type { Identity } from './identify.js';
import type { Fact, Nature, Natures, PanicEvent, Report } from './types.js';

/*
 * What each statement of a report rests on. Whatever has a place in the text is quoted unless it is marked
 * `likely`; what has none (which system, which kind of event, which frame to look at) is judged here.
 */

function ofFact(fact: Fact<unknown> | undefined): Nature {
  if (fact === undefined) return 'not known';
  return fact.likely === true ? 'likely' : 'quoted';
}

/** What happened is quoted where a line says it: a message, the head of a block, the lines of a reversal. */
function ofKind({ kind, message, trap, details, locks }: PanicEvent): Nature {
  if (kind === 'unknown') return 'not known';
  if (kind === 'trap') {
    const said = trap?.name ?? trap?.number ?? message;
    // Else the functions of the backtrace say so.
    return said === undefined ? 'likely' : ofFact(said);
  }
  if (kind === 'panic') return message === undefined ? 'likely' : ofFact(message);
  return message !== undefined || locks.length > 0 || Object.keys(details).length > 0 ? 'quoted' : 'likely';
}

/**
 * Which frame to look at is a judgement but where the text itself says where the fault was, and that place is
 * a function of the event's own.
 */
function ofCulprit(report: Report): Nature {
  const { ownFrames, faultPlace, details } = report;
  if (ownFrames.length === 0) return 'not known';
  // The writer says that the bug is elsewhere.
  if (details.blamed !== undefined) return 'likely';
  const named = faultPlace?.function !== undefined && faultPlace.likely !== true;
  return named && faultPlace.function === ownFrames[0] ? 'quoted' : 'likely';
}

/** Judges the statements of a report. */
export function naturesOf(report: Report, identity: Identity): Natures {
  return {
    system: identity.system === 'unknown' ? 'not known' : identity.systemStated ? 'quoted' : 'likely',
    arch: identity.arch === 'unknown' ? 'not known' : identity.archStated ? 'quoted' : 'likely',
    kind: ofKind(report),
    message: ofFact(report.message),
    process: ofFact(report.process),
    culprit: ofCulprit(report),
  };
}

/** Whether the words of a message stand in the text as they are, in one line. */
export function standsThere(text: string, { value, span }: Fact<string>): boolean {
  if (span[1] - span[0] === value.length) return text.startsWith(value, span[0]);
  return !/[\r\n]/.test(text.slice(span[0], span[1]).trim());
}
