import { existsSync, readFileSync } from 'node:fs';
import { VERSION } from './exit.js';
import { kernelHashPath } from './reports/layouts.js';

/** What somebody who reports a fault is asked for: version, kernel image, Node. */
export function versionText(): string {
  const path = kernelHashPath();
  const hash = existsSync(path) ? readFileSync(path, 'utf8').slice(0, 12) : 'not built';
  return `trap12 ${VERSION}, kernel image ${hash}, Node ${process.version} on ${process.platform} ${process.arch}`;
}
