import type { Line } from './line.js';
import type { Span } from './types.js';

/** A line of C at the top level, behind a comment that is about it. */
const C_CODE =
  /^(?:#\s*(?:include|define|if|ifdef|ifndef)\b|(?:static|extern|const|volatile|unsigned|int|void|char|long|struct|union|enum|typedef)\b.*[\w({;=,)]$|main\s*\()/;

/** Comments of C programs: what stands in them is about the program. */
export function commentsOf(prose: readonly Line[]): Span[] {
  const out: Span[] = [];
  for (let i = 0, begun = -1; i < prose.length; i++) {
    const { text } = prose[i]!;
    if (begun < 0 && text.charCodeAt(0) === 47 && text.startsWith('/*')) begun = i;
    if (begun < 0 || !text.includes('*/')) continue;
    const next = prose[i + 1];
    if (next !== undefined && C_CODE.test(next.text)) out.push([prose[begun]!.from, prose[i]!.end]);
    begun = -1;
  }
  return out;
}
