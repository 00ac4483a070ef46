/*
 * Ctrl-C of a process: the one place that listens for it. Node tells of a signal when its loop comes to it,
 * and a listener that has been taken away by then is not called: the signal would be lost. So nobody here
 * listens for himself. Who works opens an Interruption, and between the first that is opened and the last
 * that is closed each signal reaches all that are open. After that it is listened on for as long as one may
 * be under way.
 */

const SIGNAL = 'SIGINT';

/** The works that are going on, in the order in which they began. */
const open = new Set<Interruption>();
let isListening = false;
/** Counts what is opened: who lets go of the signal sees whether somebody has come meanwhile. */
let opened = 0;

function listen(): void {
  if (!isListening) {
    process.on(SIGNAL, onSignal);
    toldMs = Math.max(toldMs, hostMs());
  }
  isListening = true;
}

function letGo(): void {
  if (isListening) process.removeListener(SIGNAL, onSignal);
  isListening = false;
}

/** Host time, ms, by a clock that all processes of the host have in common. */
export const hostMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Somebody who hears of each signal also while this thread is busy. */
let ear: (() => number[]) | undefined;
/** The ear is asked this often at most, as that is a call of the host's system. */
const ASK_MS = 10;
let askedMs = Number.NEGATIVE_INFINITY;
/** Who hears of one signal first is chance, and the ear may be late by so much. */
const EAR_LATE_MS = 500;
/** What the ear heard before this time was told here by Node, or was somebody else's. */
let toldMs = Number.NEGATIVE_INFINITY;
/** Signals that the ear has told of, and Node has not yet */
let early = 0;

/**
 * Where this thread is busy, Node cannot tell of a signal. Works that are open then (`whileBusy`) ask whoever
 * can: another process of the same group, which gets each Ctrl-C as well.
 * @param ear the signals since it was asked last, each by its time (hostMs)
 */
export function hearBy(heard: () => number[]): void {
  ear = heard;
}

/** A signal that nobody listened to here was somebody else's. */
export function leaveSignals(): void {
  toldMs = hostMs() + EAR_LATE_MS;
}

/** Asks the ear, and tells of what it has heard at once: this thread may be busy for long. */
function askEar(): void {
  if (ear === undefined || !isListening) return;
  const now = hostMs();
  if (now - askedMs < ASK_MS) return;
  askedMs = now;
  for (const ms of ear()) {
    if (ms <= toldMs) continue;
    // The signal after the last one that was listened to is the process's.
    if (!isListening) {
      endProcess();
      return;
    }
    if (early++ === 0) afterSignals(() => (early = 0));
    pressed();
  }
}

/** Called before a signal that no work hears ends the process */
let lastWord = (): void => {};

/** Has something said before a signal ends the process between two works. */
export function sayLast(call: () => void): void {
  lastWord = call;
}

function endProcess(): void {
  if (process.listenerCount(SIGNAL) > 0) return;
  lastWord();
  process.kill(process.pid, SIGNAL);
}

function onSignal(): void {
  leaveSignals();
  if (early === 0) pressed();
  else early--;
}

function pressed(): void {
  if (open.size === 0) {
    // It came when the last work was over: it is the process's own.
    letGo();
    endProcess();
    return;
  }
  const all = [...open];
  if (all.every((each) => each.twiceEnds)) letGo();
  for (const each of all) each.press();
}

/**
 * Calls a function when what has come up to now has been told. Node's loop tells of signals before it comes
 * to what was put off until after that: in the turn that it is in it may be past them, not in the next.
 */
function afterSignals(call: () => void): void {
  setImmediate(() => setImmediate(call));
}

/** When it is over, each Ctrl-C before its call has been heard: one during work without turns, too. */
export function signalsTold(): Promise<void> {
  return new Promise(afterSignals);
}

/** Is there a work that the next Ctrl-C reaches? Otherwise that ends the process, whatever this does. */
export const isHeard = (): boolean => isListening && open.size > 0;

export interface InterruptionOptions {
  /** Called at Ctrl-C, at once */
  told?: () => void;
  /** A second Ctrl-C ends the process, unless somebody else is at work who has it otherwise */
  twiceEnds?: boolean;
  /** Is the flag true also before Node has had a turn to tell of Ctrl-C, if there is who hears of it? */
  whileBusy?: boolean;
}

/**
 * Ctrl-C for a work, from its making to close(): it ends the work and not the process. Of a work within
 * another, what has come before it began counts as well: what is interrupted begins nothing new.
 */
export class Interruption {
  private isInterrupted: boolean;
  /** The work around it was interrupted before it began */
  readonly wasBefore: boolean;
  readonly twiceEnds: boolean;
  private readonly whileBusy: boolean;
  private readonly told: (() => void)[];

  constructor({ told, twiceEnds = false, whileBusy = false }: InterruptionOptions = {}) {
    this.told = told === undefined ? [] : [told];
    this.twiceEnds = twiceEnds;
    this.whileBusy = whileBusy;
    this.isInterrupted = [...open].some((each) => each.interrupted);
    this.wasBefore = this.isInterrupted;
    open.add(this);
    opened++;
    // Within a work whose next Ctrl-C is the process's it stays so.
    if (!this.isInterrupted) listen();
  }

  /** Ctrl-C has come. Who finds that it was meant otherwise may take it back. */
  get interrupted(): boolean {
    if (this.whileBusy && !this.isInterrupted) askEar();
    return this.isInterrupted;
  }

  set interrupted(is: boolean) {
    this.isInterrupted = is;
  }

  /** Calls a function at Ctrl-C; at once, if it has come. */
  onPress(call: () => void): void {
    if (this.interrupted) call();
    this.told.push(call);
  }

  /** For onSignal(). */
  press(): void {
    this.isInterrupted = true;
    for (const call of this.told) call();
  }

  /** Ctrl-C is again that of the work around this one; without one, the process's. */
  close(): void {
    if (!open.delete(this) || open.size > 0) return;
    const last = opened;
    afterSignals(() => {
      if (opened === last) letGo();
    });
  }
}
