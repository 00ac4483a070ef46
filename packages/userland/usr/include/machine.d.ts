/**
 * What a user program has of the machine, for the type checker and the editor: the intrinsics of kcc's user
 * form. The rest of the language is declared in the kernel's kcc.d.ts. Nothing here exists at run time.
 */

/**
 * Enters the kernel with call number `n` and this function's own arguments, which lie behind its return
 * address. The first word of the result; -1 with `errno` set if the kernel refuses.
 */
declare function $syscall(n: int): int;
/** The same for a call whose result is an off_t. */
declare function $syscall64(n: int): i64;
/**
 * The same for vfork(2): the function's way back is kept in registers, since the child goes on upon the same
 * stack.
 */
declare function $vfork(n: int): int;
/**
 * The same for an rfork(2) whose child shares the memory: the child, where the result is 0, begins at the
 * function `start`, which gets `arg` and must not return, with `stack` as its stack pointer.
 */
declare function $rfork(n: int, stack: u32, start: u32, arg: u32): int;
/**
 * The second word of the last system call's result, asked for right behind it: pipe(2) and fork(2) have one.
 */
declare function $edx(): int;
/** Keeps in a jmp_buf where this function would return to; 0, or what longjmp(3) brings. */
declare function $setjmp(env: any): int;
/** Goes on behind a $setjmp, which then gives `val`. */
declare function $longjmp(eip: u32, ebp: u32, esp: u32, val: int): never;
/** Lets `cycles` of virtual time pass in user mode: what a program computes that only models computing. */
declare function $work(cycles: int): void;

/** What a program exports, for crt0. */
declare function main(argc: int, argv: ptr<str>, envp: ptr<str>): int;
