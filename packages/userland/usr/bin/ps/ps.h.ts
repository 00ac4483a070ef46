/** What the files of ps share (ps.h). */
import type { kinfo_proc } from '../../../../kernel/src/sys/user.h.js';

/**
 * A process and what it was executed with.
 * @lock p the program
 */
export interface kinfo extends struct {
  ki_p: kinfo_proc; // (p) what the kernel tells
  ki_args: str; // (p) its arguments with blanks between, from malloc; null: none
}

/** Puts the value of a column for a process into buf. */
export type oproc_t = (k: kinfo, buf: str, size: u32) => void;

/**
 * A keyword.
 * @lock p the program
 */
export interface var_t extends struct {
  name: str; // (p) what it is called
  header: str; // (p) what stands over its column
  width: int; // (p) least width
  flag: int; // (p) LJUST ...
  oproc: oproc_t; // (p) its values
}

/** The column is justified to the left. */
export const LJUST = 0x01;
/** It shows the arguments, which have no end. */
export const COMM = 0x02;

/**
 * A column.
 * @lock p the program
 */
export interface varent extends struct {
  next: varent; // (p) the one behind it
  v: var_t; // (p) what it shows
  header: str; // (p) what stands over it
  width: int; // (p) how wide it is
}
