import type { Report } from './types.js';

/** What the table keeps of one report; the report itself is let go. */
export interface Bucketed {
  file: string;
  signature: string;
  title: string;
  /** The class and the culprit: what groups of signatures share. */
  group: string;
}

export interface BucketRow {
  signature: string;
  title: string;
  group: string;
  count: number;
  files: string[];
}

export function bucketOf(file: string, report: Report): Bucketed {
  return {
    file,
    signature: report.signature,
    title: report.title,
    group: report.buckets[2]?.key ?? report.signatureParts.class,
  };
}

/** Reports by signature, the most frequent first. */
export function bucketTable(found: readonly Bucketed[]): { rows: BucketRow[]; text: string } {
  const bySignature = new Map<string, BucketRow>();
  for (const each of found) {
    const row = bySignature.get(each.signature);
    if (row === undefined) {
      bySignature.set(each.signature, {
        signature: each.signature,
        title: each.title,
        group: each.group,
        count: 1,
        files: [each.file],
      });
    } else {
      row.count++;
      row.files.push(each.file);
    }
  }
  const rows = [...bySignature.values()].sort(
    (a, b) => b.count - a.count || (a.title < b.title ? -1 : a.title > b.title ? 1 : 0),
  );
  const lines = rows.map(
    (row) =>
      `${String(row.count).padStart(6)}  ${row.title}\n        ${row.files.slice(0, 3).join(' ')}${row.files.length > 3 ? ` and ${row.files.length - 3} more` : ''}`,
  );
  const head = `${found.length} reports, ${rows.length} signatures\n`;
  return { rows, text: `${head}${lines.join('\n')}${lines.length > 0 ? '\n' : ''}` };
}
