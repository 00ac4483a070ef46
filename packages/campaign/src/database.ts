import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { CampaignError } from './error.js';

/** A connection of the library's. */
export type Database = InstanceType<typeof sqlite.Database>;
/** What a cell of a row is. */
export type Cell = number | bigint | string | Uint8Array | null;

/** "t12c": a database of ours. */
const APPLICATION = 0x74313263;
/** Of the form below; another one is refused. */
const FORM = 2;
const FILE = 'campaign.db';

/*
 * Nothing is ever changed in a unit, and a unit is there once: its key is what it is of. What is counted of
 * all units of a lane stands in the lane as well, written in the same transaction, so that a file which
 * somebody has edited is seen to be.
 */
const FORM_SQL = `
CREATE TABLE campaign (id TEXT NOT NULL, seconds REAL NOT NULL) STRICT;
CREATE TABLE subject (id INTEGER PRIMARY KEY, name TEXT NOT NULL, build TEXT NOT NULL, image TEXT NOT NULL,
  canary INTEGER NOT NULL, record TEXT NOT NULL, count INTEGER NOT NULL, sum TEXT NOT NULL,
  UNIQUE (name, build, canary)) STRICT;
CREATE TABLE lane (id INTEGER PRIMARY KEY, subject INTEGER NOT NULL REFERENCES subject, strategy TEXT NOT NULL,
  next INTEGER NOT NULL, units INTEGER NOT NULL, tries INTEGER NOT NULL, failed INTEGER NOT NULL,
  sum TEXT NOT NULL, UNIQUE (subject, strategy)) STRICT;
CREATE TABLE unit (lane INTEGER NOT NULL REFERENCES lane, number INTEGER NOT NULL, tries INTEGER NOT NULL,
  failed INTEGER NOT NULL, PRIMARY KEY (lane, number)) STRICT, WITHOUT ROWID;
CREATE TABLE failure (id INTEGER PRIMARY KEY, subject INTEGER NOT NULL REFERENCES subject,
  signature TEXT NOT NULL, title TEXT NOT NULL, times INTEGER NOT NULL, sum TEXT NOT NULL,
  UNIQUE (subject, signature)) STRICT;
CREATE TABLE seed (failure INTEGER NOT NULL REFERENCES failure, lane INTEGER NOT NULL REFERENCES lane,
  number INTEGER NOT NULL, at INTEGER NOT NULL, schedule TEXT NOT NULL, size INTEGER NOT NULL,
  sum TEXT NOT NULL, PRIMARY KEY (failure, lane, number)) STRICT, WITHOUT ROWID;
CREATE TABLE cover (lane INTEGER NOT NULL REFERENCES lane, number INTEGER NOT NULL, covered TEXT NOT NULL,
  sum TEXT NOT NULL, PRIMARY KEY (lane, number)) STRICT, WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION};
PRAGMA user_version = ${FORM};
`;

/** Of `unit`, which is the long one, the store counts all that is in it. */
const CHECKED = ['campaign', 'subject', 'lane', 'failure', 'seed', 'cover'];

/** A sum against accidents, of a row's cells. */
export const sumOf = (...cells: readonly Cell[]): string =>
  createHash('sha256').update(JSON.stringify(cells)).digest('hex').slice(0, 16);

/** The one cell that a query gives. */
export function cell(db: Database, sql: string): Cell {
  return Object.values(db.get(sql) ?? { none: null })[0] as Cell;
}

/** All rows that a query gives. */
export const rows = <T>(db: Database, sql: string, values: Cell[] = []): T[] => db.all(sql, values) as T[];

/**
 * Opens the database of a campaign's directory, which this process has taken; makes it where there is none.
 * A transaction that was under way when a process or the computer died is as if it had not been.
 * @param create may it be made? Undefined: no; else what gives it its id
 * @throws CampaignError: it is none, or not whole
 */
export function openDatabase(dir: string, create: (() => string) | undefined): Database {
  const path = join(dir, FILE);
  // How the library marks a file as used; it stays behind where a process is killed. The directory is ours.
  if (existsSync(`${path}.lock`)) rmdirSync(`${path}.lock`);
  checkLength(path);
  let db: Database | undefined;
  try {
    db = new sqlite.Database(path);
    // One process has the file: its log needs no shared memory. Each commit is on the disk when it returns.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const application = cell(db, 'PRAGMA application_id');
    if (application === 0 && cell(db, 'SELECT count(*) FROM sqlite_master') === 0) {
      if (create === undefined) throw new CampaignError(`${path}: it is empty`);
      db.exec(`BEGIN; ${FORM_SQL}`);
      db.run('INSERT INTO campaign VALUES (?, 0)', [create()]);
      db.exec('COMMIT');
      return db;
    }
    if (application !== APPLICATION) throw new CampaignError(`${path}: it is no campaign's`);
    const form = cell(db, 'PRAGMA user_version');
    if (form !== FORM)
      throw new CampaignError(`${path}: of form ${form}; this version of trap12 reads ${FORM}`);
    for (const table of CHECKED) {
      const whole = cell(db, `PRAGMA quick_check(${table})`);
      if (whole !== 'ok') throw new CampaignError(`${path}: it is damaged: ${oneLine(String(whole))}`);
    }
    return db;
  } catch (error) {
    closeQuietly(db);
    throw databaseError(path, error);
  }
}

/**
 * A database that was closed has the length that its first page says; of one that was not, its log knows
 * better. The library would take what is missing for zeroes.
 */
function checkLength(path: string): void {
  if (!existsSync(path) || existsSync(`${path}-wal`)) return;
  const header = Buffer.alloc(32);
  const fd = openSync(path, 'r');
  try {
    if (readSync(fd, header, 0, 32, 0) < 32 || header.toString('latin1', 0, 15) !== 'SQLite format 3') return;
    const length = header.readUInt32BE(28) * header.readUInt16BE(16);
    if (fstatSync(fd).size !== length) throw new CampaignError(`${path}: it is truncated`);
  } finally {
    closeSync(fd);
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** An error of the library's, as ours; others stay as they are. */
export function databaseError(path: string, error: unknown): unknown {
  if (error instanceof CampaignError) return error;
  const { name, message } = error as Error;
  if (name === 'SQLite3Error') {
    // The library does not tell a full disk from a broken one.
    const hint = message.includes('disk I/O') ? ' (the disk is full, or fails)' : '';
    return new CampaignError(`${path}: ${oneLine(message)}${hint}`);
  }
  return error;
}

function closeQuietly(db: Database | undefined): void {
  try {
    db?.close();
  } catch {
    // What is wrong with it is being told.
  }
}

/**
 * Makes a directory ready to be taken.
 * @param create may it be made?
 * @throws CampaignError: it is not there, is no directory, or has something else in it
 */
export function checkDirectory(dir: string, create: boolean): void {
  const stat = statSync(dir, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (!create) throw new CampaignError(`${dir}: there is no campaign`);
    mkdirSync(dir, { recursive: true });
    return;
  }
  if (!stat.isDirectory()) throw new CampaignError(`${dir}: it is no directory`);
  if (existsSync(join(dir, FILE))) return;
  if (!create) throw new CampaignError(`${dir}: there is no campaign in it`);
  const [other] = readdirSync(dir).filter((name) => name !== 'lock');
  if (other !== undefined)
    throw new CampaignError(`${dir}: it has ${other} in it and no campaign; name a new or empty directory`);
}
