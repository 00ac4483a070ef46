/** Decimal fractions for programs that C would give floating-point numbers: whole millionths. */
export const DECIMAL_ONE = 1000000;
export const DECIMAL_PLACES = 6;

/**
 * A number as it was written.
 * @lock p the program
 */
export interface decimal extends struct {
  d_value: i64; // (p) millionths
  d_places: int; // (p) digits behind the point
}
