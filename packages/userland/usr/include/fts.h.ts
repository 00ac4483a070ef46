/** <fts.h> */
import type { struct_stat } from './sys/stat.h.js';

/** Options of fts_open. */
export const FTS_COMFOLLOW = 0x001; // follow symbolic links of the command line
export const FTS_LOGICAL = 0x002; // follow all
export const FTS_NOCHDIR = 0x004; // do not change directory: always so here
export const FTS_PHYSICAL = 0x010; // follow none
export const FTS_SEEDOT = 0x020; // give . and .. too
/** fts_info: what an entry is. */
export const FTS_D = 1; // directory, before what is in it
export const FTS_DEFAULT = 3; // none of these
export const FTS_DNR = 4; // directory that cannot be read
export const FTS_DOT = 5; // . or ..
export const FTS_DP = 6; // directory, after what is in it
export const FTS_ERR = 7; // error, in fts_errno
export const FTS_F = 8; // file
export const FTS_NS = 10; // no status could be had
export const FTS_SL = 12; // symbolic link
/** fts_set: what to do with an entry that was just given. */
export const FTS_SKIP = 4; // not into this directory
/** fts_level of the operands. */
export const FTS_ROOTLEVEL = 0;

/**
 * A file of a tree.
 * @lock p the program
 */
export interface FTSENT extends struct {
  fts_parent: FTSENT; // (p) the directory that it is in
  fts_link: FTSENT; // (p) the next of the directory
  fts_number: int; // (p) the program's own
  fts_path: str; // (p) its path
  fts_pathlen: int; // (p) length of that
  fts_name: str; // (p) its name, the end of its path
  fts_namelen: int; // (p) length of that
  fts_level: int; // (p) depth
  fts_info: int; // (p) FTS_*
  fts_instr: int; // (p) what fts_set said
  fts_errno: int; // (p) of FTS_DNR, FTS_NS and FTS_ERR
  fts_statp: embed<struct_stat>; // (p) its status
}

/**
 * A walk.
 * @lock p the program
 */
export interface FTS extends struct {
  fts_cur: FTSENT; // (p) the entry that was given last
  fts_roots: FTSENT; // (p) operands that are still to come
  fts_compar: (a: u32, b: u32) => int; // (p) the order in a directory, null: its own
  fts_options: int; // (p) FTS_*
}
