/**
 * The formats of the kernel's printf (kvprintf of kern/subr_prf.c; split from subr_prf.ts).
 *
 * %d %i signed, %u unsigned, %x %X hexadecimal, %o octal, %p pointer as 0x..., %s string ("(null)" for null),
 * %c, %%, %b bits: a number and a string whose first character is the radix and then "\10NAME" for bit 8
 * (from 1) and so on, %r signed and %n unsigned in the radix given to kvprintf, %z signed hexadecimal, %D
 * bytes at an address with a separator. Flags # - + 0 blank, width and precision, numbers or *; h ignored, l
 * 32 bits, ll and q 64 bits: two words, low first. 64-bit numbers are exact to 2^53, as everywhere in kernel
 * TypeScript.
 */

/**
 * A directive, taken apart.
 * @lock k on the stack of the process that prints
 */
interface fmt_spec extends struct {
  fs_conv: int; // (k) conversion character
  fs_arg: int; // (k) index of its first argument
  fs_width: int; // (k) least width
  fs_prec: int; // (k) precision, -1: none
  fs_plus: int; // (k) character before positive numbers, 0: none
  fs_left: boolean; // (k) -
  fs_alt: boolean; // (k) #
  fs_zero: boolean; // (k) 0
  fs_wide: boolean; // (k) 64 bits
}

/** Takes characters. Locks: see kvprintf. */
type putc_t = (c: int, arg: u32) => void;

/** Letter of a digit. Locks: none. @inline */
function hex2ascii(d: int, upper: boolean): int {
  return d < 10 ? 48 + d : (upper ? 55 : 87) + d;
}

/** Length of a string, at most max if that is not negative. Locks: that of the string. Does not sleep. */
function fmt_strlen(s: str, max: int): int {
  let n = 0;
  while ((max < 0 || n < max) && s[n] !== 0) n++;
  return n;
}

/**
 * A number's digits, last first, into buf (24 characters). Returns how many there are. Locks: none. Does not
 * sleep.
 */
function ksprintn(buf: u32, num: u32, base: u32, upper: boolean): int {
  let n = 0;
  let v = num;
  for (;;) {
    $st8(buf + $u32(n++), hex2ascii($int(v % base), upper));
    v = v / base;
    if (v === 0) return n;
  }
}

/** The same of 64 bits. Locks: none. Does not sleep. */
function ksprintqn(buf: u32, num: i64, base: u32, upper: boolean): int {
  let n = 0;
  let v = num;
  for (;;) {
    $st8(buf + $u32(n++), hex2ascii($int(v % $i64(base)), upper));
    v = v / $i64(base);
    if (v === 0) return n;
  }
}

/** n times a character. Returns how many that were. Locks: none. Does not sleep. */
function fmt_fill(func: putc_t, arg: u32, c: int, n: int): int {
  for (let i = 0; i < n; i++) func(c, arg);
  return n > 0 ? n : 0;
}

/** A string with padding. Locks: that of the string. Does not sleep. */
function fmt_string(func: putc_t, arg: u32, s: str, sp: fmt_spec): int {
  const n = fmt_strlen(s, sp.fs_prec);
  let out = n;
  if (!sp.fs_left) out += fmt_fill(func, arg, $ch(' '), sp.fs_width - n);
  for (let i = 0; i < n; i++) func(s[i], arg);
  if (sp.fs_left) out += fmt_fill(func, arg, $ch(' '), sp.fs_width - n);
  return out;
}

/** %c. Locks: none. Does not sleep. */
function fmt_char(func: putc_t, arg: u32, c: int, sp: fmt_spec): int {
  let out = 1;
  if (!sp.fs_left) out += fmt_fill(func, arg, $ch(' '), sp.fs_width - 1);
  func(c, arg);
  if (sp.fs_left) out += fmt_fill(func, arg, $ch(' '), sp.fs_width - 1);
  return out;
}

/**
 * n digits, last first, with sign (0: none), prefix "0x" (2) or "0" (1) and padding. Locks: none. Does not
 * sleep.
 */
function fmt_digits(func: putc_t, arg: u32, digits: u32, n: int, sign: int, prefix: int, sp: fmt_spec): int {
  const zeros = sp.fs_prec > n ? sp.fs_prec - n : 0;
  const pad = sp.fs_width - n - zeros - prefix - (sign !== 0 ? 1 : 0);
  const padzero = sp.fs_zero && sp.fs_prec < 0 && !sp.fs_left;
  let out = n + prefix;
  if (!sp.fs_left && !padzero) out += fmt_fill(func, arg, $ch(' '), pad);
  if (sign !== 0) out += fmt_fill(func, arg, sign, 1);
  if (prefix > 0) func($ch('0'), arg);
  if (prefix > 1) func($ch('x'), arg);
  if (padzero) out += fmt_fill(func, arg, $ch('0'), pad);
  out += fmt_fill(func, arg, $ch('0'), zeros);
  for (let i = n - 1; i >= 0; i--) func($ld8(digits + $u32(i)), arg);
  if (sp.fs_left) out += fmt_fill(func, arg, $ch(' '), pad);
  return out;
}

/** The radix of a conversion, 0 if it does not print a number. Locks: none. Does not sleep. */
function fmt_base(c: int, radix: int): u32 {
  switch (c) {
    case $ch('d'):
    case $ch('i'):
    case $ch('u'):
      return 10;
    case $ch('x'):
    case $ch('X'):
    case $ch('p'):
    case $ch('z'):
      return 16;
    case $ch('o'):
      return 8;
    case $ch('r'):
    case $ch('n'):
      return $u32(radix);
    default:
      return 0;
  }
}

/** A number, whose words are low and (of 64 bits) high. Locks: none. Does not sleep. */
function fmt_number(func: putc_t, arg: u32, low: u32, high: int, base: u32, sp: fmt_spec): int {
  const digits = $addr($local<array<char, 24>>());
  const c = sp.fs_conv;
  const signed = c === $ch('d') || c === $ch('i') || c === $ch('z') || c === $ch('r');
  const upper = c === $ch('X');
  let sign = signed ? sp.fs_plus : 0;
  let n = 0;
  if (sp.fs_wide) {
    let num: i64 = $i64(low) + ($i64(high) << 32);
    if (signed && num < 0) {
      sign = $ch('-');
      num = -num;
    }
    n = ksprintqn(digits, num, base, upper);
  } else {
    let num = low;
    if (signed && $int(num) < 0) {
      sign = $ch('-');
      num = $u32(-$int(num));
    }
    n = ksprintn(digits, num, base, upper);
  }
  let prefix = 0;
  if (c === $ch('p')) prefix = 2;
  else if (sp.fs_alt && (low !== 0 || (sp.fs_wide && high !== 0)))
    prefix = base === 16 ? 2 : base === 8 ? 1 : 0;
  return fmt_digits(func, arg, digits, n, sign, prefix, sp);
}

/**
 * %b: the number in the radix bits[0], then in <> the names of the bits that are set. Locks: none. Does not
 * sleep.
 */
function fmt_bits(func: putc_t, arg: u32, num: u32, bits: str, sp: fmt_spec): int {
  const digits = $addr($local<array<char, 24>>());
  const n = ksprintn(digits, num, bits[0], false);
  let out = fmt_digits(func, arg, digits, n, 0, 0, sp);
  let any = false;
  let i = 1;
  while (num !== 0 && bits[i] !== 0) {
    const on = (num & (1 << (bits[i++] - 1))) !== 0;
    if (on) out += fmt_fill(func, arg, any ? $ch(',') : $ch('<'), 1);
    any = any || on;
    for (; bits[i] > 32; i++) {
      if (on) out += fmt_fill(func, arg, bits[i], 1);
    }
  }
  if (any) out += fmt_fill(func, arg, $ch('>'), 1);
  return out;
}

/** %D: len bytes at an address in hexadecimal, separated by sep. Locks: that of the bytes. Does not sleep. */
function fmt_bytes(func: putc_t, arg: u32, at: u32, sep: str, len: int): int {
  let out = 0;
  for (let i = 0; i < len; i++) {
    for (let k = 0; i > 0 && sep[k] !== 0; k++) out += fmt_fill(func, arg, sep[k], 1);
    const c: int = $ld8(at + $u32(i));
    func(hex2ascii(c >> 4, false), arg);
    func(hex2ascii(c & 15, false), arg);
    out += 2;
  }
  return out;
}

/**
 * Takes apart the directive whose first character behind % is f[at]; its arguments begin at sp.fs_arg.
 * Returns the index behind it. Locks: none. Does not sleep.
 */
function fmt_parse(sp: fmt_spec, f: str, at: int, ...args: va_list): int {
  let i = at;
  let longs = 0;
  sp.fs_width = 0;
  sp.fs_prec = -1;
  sp.fs_plus = 0;
  sp.fs_left = false;
  sp.fs_alt = false;
  sp.fs_zero = false;
  sp.fs_wide = false;
  for (;;) {
    const c: int = f[i++];
    switch (c) {
      case $ch('#'):
        sp.fs_alt = true;
        break;
      case $ch('-'):
        sp.fs_left = true;
        break;
      case $ch('+'):
        sp.fs_plus = c;
        break;
      case $ch(' '):
        if (sp.fs_plus === 0) sp.fs_plus = c;
        break;
      case $ch('.'):
        sp.fs_prec = 0;
        break;
      case $ch('*'):
        fmt_star(sp, $va(args, sp.fs_arg));
        sp.fs_arg++;
        break;
      case $ch('h'):
        break;
      case $ch('l'):
        if (++longs > 1) sp.fs_wide = true;
        break;
      case $ch('q'):
        sp.fs_wide = true;
        break;
      default:
        if (c < $ch('0') || c > $ch('9')) {
          sp.fs_conv = c;
          return i;
        }
        if (sp.fs_prec >= 0) sp.fs_prec = sp.fs_prec * 10 + c - $ch('0');
        else if (c === $ch('0') && sp.fs_width === 0) sp.fs_zero = true;
        else sp.fs_width = sp.fs_width * 10 + c - $ch('0');
        break;
    }
  }
}

/** Width or precision from an argument; a negative width means left. Locks: none. Does not sleep. */
function fmt_star(sp: fmt_spec, v: int): void {
  if (sp.fs_prec >= 0) sp.fs_prec = v;
  else if (v < 0) {
    sp.fs_left = true;
    sp.fs_width = -v;
  } else sp.fs_width = v;
}

/**
 * Prints what a directive asks for and moves sp.fs_arg behind its arguments. Returns the number of
 * characters, -1 if there is no such directive. Locks: none. Does not sleep.
 */
function fmt_convert(sp: fmt_spec, func: putc_t, arg: u32, radix: int, ...args: va_list): int {
  const a = sp.fs_arg;
  switch (sp.fs_conv) {
    case $ch('%'):
      return fmt_fill(func, arg, $ch('%'), 1);
    case $ch('b'):
      sp.fs_arg += 2;
      return fmt_bits(func, arg, $u32($va(args, a)), $cast<str>($u32($va(args, a + 1))), sp);
    case $ch('c'):
      sp.fs_arg++;
      return fmt_char(func, arg, $va(args, a) & 0xff, sp);
    case $ch('D'):
      sp.fs_arg += 2;
      return fmt_bytes(
        func,
        arg,
        $u32($va(args, a)),
        $cast<str>($u32($va(args, a + 1))),
        sp.fs_width > 0 ? sp.fs_width : 16,
      );
    case $ch('s'):
      sp.fs_arg++;
      return fmt_string(func, arg, $va(args, a) !== 0 ? $cast<str>($u32($va(args, a))) : '(null)', sp);
  }
  const base = fmt_base(sp.fs_conv, radix);
  if (base === 0) return -1;
  sp.fs_arg += sp.fs_wide ? 2 : 1;
  return fmt_number(func, arg, $u32($va(args, a)), sp.fs_wide ? $va(args, a + 1) : 0, base, sp);
}

/**
 * Formats by fmt and gives each character to func(character, arg); radix is for %r and %n. Returns the number
 * of characters. Locks: none of its own. Does not sleep.
 */
export function kvprintf(fmt: str, func: putc_t, arg: u32, radix: int, ...args: va_list): int {
  const sp = $local<fmt_spec>();
  const f: str = fmt !== null ? fmt : '(fmt null)\n';
  let i = 0;
  let out = 0;
  sp.fs_arg = 0;
  for (;;) {
    const c: int = f[i++];
    if (c === 0) return out;
    if (c !== $ch('%')) {
      func(c, arg);
      out++;
      continue;
    }
    const next = fmt_parse(sp, f, i, ...args);
    const n = fmt_convert(sp, func, arg, radix, ...args);
    if (n >= 0) {
      out += n;
      i = next;
    } else {
      /* No directive: as it stands. */
      func(c, arg);
      out++;
    }
  }
}
