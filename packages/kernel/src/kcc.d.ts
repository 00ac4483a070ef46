/**
 * Ambient declarations of kernel TypeScript for the type checker and the editor. kcc gives them their
 * meaning; docs/kernel-language.md explains them. Nothing here exists at run time.
 */
type i8 = number;
type u8 = number;
type char = number;
type i16 = number;
type u16 = number;
type i32 = number;
type u32 = number;
type int = number;
type u_int = number;
type i64 = number;
type u64 = number;
type bool = boolean;

// biome-ignore lint/suspicious/noEmptyInterface: the marker that makes an interface a struct
interface struct {}
type embed<T> = T;
interface array<T, N extends number> {
  [i: number]: T;
  readonly __n?: N;
}
interface ptr<T> {
  [i: number]: T;
}
/** A C string: kcc knows it as ptr<char>; string literals are interned in rodata. */
type str = any;
type va_list = any[];
/** The type of a may-sleep function's result. */
type Sleeps<R = void> = Generator<void, R, void>;

interface TAILQ_HEAD<T> extends struct {
  tqh_first: T;
  tqh_last: u32;
}
interface TAILQ_ENTRY<T> extends struct {
  tqe_next: T;
  tqe_prev: u32;
}
interface LIST_HEAD<T> extends struct {
  lh_first: T;
}
interface LIST_ENTRY<T> extends struct {
  le_next: T;
  le_prev: u32;
}
interface SLIST_HEAD<T> extends struct {
  slh_first: T;
}
interface SLIST_ENTRY<T> extends struct {
  sle_next: T;
}
interface STAILQ_HEAD<T> extends struct {
  stqh_first: T;
  stqh_last: u32;
}
interface STAILQ_ENTRY<T> extends struct {
  stqe_next: T;
}

declare function $addr(p: any): u32;
declare function $cast<T>(x: any): T;
declare function $i32(x: any): i32;
declare function $int(x: any): i32;
declare function $u32(x: any): u32;
declare function $u16(x: any): u16;
declare function $u8(x: any): u8;
declare function $i64(x: any): i64;
declare function $sizeof<T>(): u32;
declare function $offsetof<T>(field: keyof T & string): u32;
declare function $idx<T>(p: T, i: int): T;
declare function $pdiff<T>(p: T, q: T): int;
declare function $ref<T>(lvalue: T): ptr<T>;
declare function $padd<T>(p: ptr<T>, i: int): ptr<T>;
declare function $container<T>(p: any, field: keyof T & string): T;
declare function $local<T>(): T;
declare function $var<T>(): ptr<T>;
declare function $init(value: any): any;
declare function $copy<T>(dst: T, src: T): void;
declare function $va(args: va_list, i: int): int;
declare function $nva(args: va_list): int;
declare function $retaddr(): u32;
declare function $ld8(a: u32): u8;
declare function $ld16(a: u32): u16;
declare function $ld32(a: u32): u32;
declare function $st8(a: u32, v: int): void;
declare function $st16(a: u32, v: int): void;
declare function $st32(a: u32, v: int): void;
/**
 * Leaves the processor to the context that context_switch named; this one goes on behind it. Only in
 * cpu_switch.
 */
declare function $switch(): Sleeps;
/** Text address at which this function goes on after its $switch. */
declare function $switchpoint(): u32;
/** Gives the other CPUs a turn. Only in cpu_idle and spin loops of locore. */
declare function $cpupause(): Sleeps;
/** The code of a character. */
declare function $ch(c: string): int;
/** Where the kernel's text, data and bss end. */
declare function $etext(): u32;
declare function $edata(): u32;
declare function $end(): u32;
/** The table of places, and its end: see the language's documentation. */
declare function $places(): u32;
declare function $eplaces(): u32;
declare function KASSERT(cond: any, fmt: string, ...args: any[]): void;

declare function TAILQ_INIT<T>(h: TAILQ_HEAD<T>): void;
declare function TAILQ_EMPTY<T>(h: TAILQ_HEAD<T>): boolean;
declare function TAILQ_FIRST<T>(h: TAILQ_HEAD<T>): T;
declare function TAILQ_LAST<T>(h: TAILQ_HEAD<T>, f: keyof T & string): T;
declare function TAILQ_NEXT<T>(e: T, f: keyof T & string): T;
declare function TAILQ_PREV<T>(e: T, f: keyof T & string): T;
declare function TAILQ_INSERT_HEAD<T>(h: TAILQ_HEAD<T>, e: T, f: keyof T & string): void;
declare function TAILQ_INSERT_TAIL<T>(h: TAILQ_HEAD<T>, e: T, f: keyof T & string): void;
declare function TAILQ_INSERT_AFTER<T>(h: TAILQ_HEAD<T>, l: T, e: T, f: keyof T & string): void;
declare function TAILQ_INSERT_BEFORE<T>(l: T, e: T, f: keyof T & string): void;
declare function TAILQ_REMOVE<T>(h: TAILQ_HEAD<T>, e: T, f: keyof T & string): void;
declare function LIST_INIT<T>(h: LIST_HEAD<T>): void;
declare function LIST_EMPTY<T>(h: LIST_HEAD<T>): boolean;
declare function LIST_FIRST<T>(h: LIST_HEAD<T>): T;
declare function LIST_NEXT<T>(e: T, f: keyof T & string): T;
declare function LIST_INSERT_HEAD<T>(h: LIST_HEAD<T>, e: T, f: keyof T & string): void;
declare function LIST_INSERT_AFTER<T>(l: T, e: T, f: keyof T & string): void;
declare function LIST_INSERT_BEFORE<T>(l: T, e: T, f: keyof T & string): void;
declare function LIST_REMOVE<T>(e: T, f: keyof T & string): void;
declare function SLIST_INIT<T>(h: SLIST_HEAD<T>): void;
declare function SLIST_EMPTY<T>(h: SLIST_HEAD<T>): boolean;
declare function SLIST_FIRST<T>(h: SLIST_HEAD<T>): T;
declare function SLIST_NEXT<T>(e: T, f: keyof T & string): T;
declare function SLIST_INSERT_HEAD<T>(h: SLIST_HEAD<T>, e: T, f: keyof T & string): void;
declare function SLIST_REMOVE_HEAD<T>(h: SLIST_HEAD<T>, f: keyof T & string): void;
declare function SLIST_REMOVE<T>(h: SLIST_HEAD<T>, e: T, f: keyof T & string): void;
declare function STAILQ_INIT<T>(h: STAILQ_HEAD<T>): void;
declare function STAILQ_EMPTY<T>(h: STAILQ_HEAD<T>): boolean;
declare function STAILQ_FIRST<T>(h: STAILQ_HEAD<T>): T;
declare function STAILQ_NEXT<T>(e: T, f: keyof T & string): T;
declare function STAILQ_INSERT_HEAD<T>(h: STAILQ_HEAD<T>, e: T, f: keyof T & string): void;
declare function STAILQ_INSERT_TAIL<T>(h: STAILQ_HEAD<T>, e: T, f: keyof T & string): void;
declare function STAILQ_REMOVE_HEAD<T>(h: STAILQ_HEAD<T>, f: keyof T & string): void;
