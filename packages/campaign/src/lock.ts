import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CampaignError } from './error.js';

/*
 * One process at a time has a campaign's directory. Whoever wants it puts down a file that is named after the
 * process, and then looks for others: who sees a living one withdraws. Of two at the same moment at least one
 * sees the other, for each looks after it has put down its own; files of the dead are in nobody's way, and
 * nobody takes over a file of somebody else's. No clock is asked. A file says which folder it was put into:
 * one that came with a copy of the directory is about another directory.
 */

/** When a process began, as its kernel counts: a number of a process that is gone may come again. */
function beginning(pid: number): string {
  try {
    // Behind the name, which may have blanks and parentheses: the state is field 3, the start field 22.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? '-' : rest[18]!;
  } catch {
    return '-';
  }
}

function isAlive(pid: number, began: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Where the kernel tells of no beginnings, the number has to do.
  const now = beginning(pid);
  return now === began || (began === '-' && beginning(process.pid) === '-');
}

/** What tells a folder from a copy of it. */
function identity(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true });
  return `${dev}:${ino}`;
}

/** Was a file put down in a folder, and not copied into it? One that is only being written is taken to be. */
function isOf(path: string, here: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return false;
  }
  return text === '' || text === here;
}

/** What this process has. */
const taken = new Set<string>();

/**
 * Takes a campaign's directory for this process; what it gives lets go of it.
 * @throws CampaignError: another process has it
 */
export function takeDirectory(dir: string): () => void {
  const folder = join(dir, 'lock');
  mkdirSync(folder, { recursive: true });
  const here = hostname().replace(/[^\w.-]/g, '_');
  const own = `${here}@${process.pid}@${beginning(process.pid)}`;
  const path = join(folder, own);
  if (taken.has(path)) throw new CampaignError(`${dir}: this process has it already`);
  const folderHere = identity(folder);
  writeFileSync(path, folderHere);
  taken.add(path);
  const letGo = (): void => {
    taken.delete(path);
    rmSync(path, { force: true });
  };
  for (const other of readdirSync(folder)) {
    if (other === own) continue;
    const [host, pid, began] = other.split('@');
    if (began === undefined) continue;
    if (!isOf(join(folder, other), folderHere)) {
      rmSync(join(folder, other), { force: true });
      continue;
    }
    if (host !== here) {
      letGo();
      throw new CampaignError(
        `${dir}: process ${pid} on ${host} has it; if that is gone, remove ${join(folder, other)}`,
      );
    }
    if (isAlive(Number(pid), began)) {
      letGo();
      throw new CampaignError(`${dir}: process ${pid} has it`);
    }
    rmSync(join(folder, other), { force: true });
  }
  return letGo;
}
