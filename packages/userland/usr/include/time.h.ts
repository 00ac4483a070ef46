/** <time.h>. The only time zone is UTC. */

/**
 * A time by the calendar.
 * @lock p the program
 */
export interface tm extends struct {
  tm_sec: int; // (p) 0 to 60
  tm_min: int; // (p) 0 to 59
  tm_hour: int; // (p) 0 to 23
  tm_mday: int; // (p) 1 to 31
  tm_mon: int; // (p) 0 to 11
  tm_year: int; // (p) since 1900
  tm_wday: int; // (p) 0 is Sunday
  tm_yday: int; // (p) 0 to 365
  tm_isdst: int; // (p) 0
}
