/** What the programs that put load on the memory share. */

/**
 * What checks of memory found.
 * @lock p the program
 */
export interface findings extends struct {
  f_bytes: i64; // (p) bytes that were looked at
  f_errors: int; // (p) those that were wrong
  f_shown: int; // (p) words that were shown
}

/**
 * A walk through pages in an order that jumps about.
 * @lock p the program
 */
export interface scatter extends struct {
  s_count: u32; // (p) pages
  s_stride: u32; // (p) from one to the next: shares no factor with the count
  s_at: u32; // (p) the next page
}
