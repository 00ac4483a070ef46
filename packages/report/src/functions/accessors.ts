/**
 * What a driver reads and writes its device's registers by, on all systems: functions of the bus, and below
 * them those of one port. Whoever handed them the address called them.
 */
export const ACCESSORS: RegExp = new RegExp(
  `^(?:${[
    // The bus of a device: `bus_read_4`, `bus_space_write_region_stream_2`, `bus_space_barrier`.
    '_?bus_(?:space_)?(?:read|write|set|copy|peek|poke)(?:_multi|_region|_raw)*(?:_stream)?_(?:[1248]|raw)',
    'bus_(?:space_)?barrier',
    // What stands in its table: `generic_bs_r_4`, `bs_le_rs_4`, `x86_bus_space_io_read_1`.
    '(?:generic|native|octeon|rmi|nexus)?_?(?:bs|bsh)_(?:(?:le|be)_)?(?:[rw]s?m?|[rw]r|s[mr]|c|pe|po)(?:_s)?_[1248](?:_s|_swap)?',
    '(?:generic_space|armv7_bs|armv7_a4x|x86_bus_space_(?:io|mem)|mpc?_space)_(?:read|write)(?:_multi|_raw_multi|_region)?(?:_stream)?_[1248]',
  ].join('|')})$`,
);
