import { assess } from './damage.js';
import { bucketLevels } from './bucket-levels.js';
import { eventFrames } from './fault-place.js';
import { derive } from './derive/index.js';
import { assemble } from './assemble.js';
import { decodeText } from './normalise.js';
import { readText } from './parse.js';
import { findPrograms } from './programs.js';
import { findDumpNote, findRecipe } from './recipe.js';
import { signatureParts, signatureText, titleOf } from './signature.js';
import { judge } from './verdicts.js';
import { type ParseOptions, type Report, ReportError } from './types.js';

/**
 * Reads a panic report.
 *
 * @param input the text as it came: from a console, a mail, a tracker; bytes are decoded first
 * @throws ReportError if nothing of a panic is in it; the message is one line
 */
export function parseReport(input: string | Uint8Array, options: ParseOptions = {}): Report {
  const text = decodeText(input);
  const { builder, undone } = readText(text);
  const found = assemble(builder);
  if (found === null) throw new ReportError(notAReport(text));
  const { primary, others, identity } = found;
  const parts = signatureParts(primary);
  const own = eventFrames(primary);
  // The main event becomes the report: a copy of it, spread into a new object, would be a slow one for all that follows.
  const report: Report = Object.assign(primary, {
    schema: 2 as const,
    ...identity,
    others,
    ps: builder.ps,
    commands: builder.commands,
    recipe: findRecipe(builder.prose),
    programs: text.includes('include') ? findPrograms(text) : [],
    damage: builder.damage,
    derived: [],
    checks: [],
    signature: signatureText(parts),
    signatureParts: parts,
    title: titleOf(parts, primary),
    ownFrames: own,
    buckets: bucketLevels(primary, parts, own),
    normalised: undone,
  });
  if (builder.kernel !== undefined) report.kernel = builder.kernel;
  const dump = builder.dump ?? findDumpNote(builder.prose);
  if (dump !== undefined) report.dump = dump;
  assess(report, text);
  derive(report, options);
  judge(report);
  return report;
}

function notAReport(text: string): string {
  const size = text.length === 0 ? 'the text is empty' : `${text.length} characters read`;
  return `not a panic report: ${size}, and none of "Fatal trap", "panic:", a double fault, a lock order reversal, a backtrace or registers found`;
}
