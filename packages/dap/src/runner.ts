import { type Ending, NoProgressError, type Way } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';
import type { Back } from '@trap12/target';
import type { Debuggee } from './debuggee.js';

/** Why a machine that went somewhere stands again. */
export type Arrival =
  | { why: Exclude<Ending, 'time'> | 'pause' | 'there' }
  /** Virtual time is up, or threads wait for each other; it goes no further backwards */
  | { why: 'over' | 'beginning'; text: string }
  /** An endless loop: it can be looked at only */
  | { why: 'stuck'; text: string };

/** Virtual time between two turns of the host, in which the past is noted, too: at least, and at most. */
const SLICE_MIN_NS = 1e5;
const SLICE_MAX_NS = 2e7;
/** Host time between two turns: who presses a key does not want to wait, and turns cost time. */
const SLICE_MS = 30;

/** Has a machine go forwards and backwards, in turns with the host, so that it can be stopped. */
export class Runner {
  /** Which way it is going */
  going: 'forwards' | 'backwards' | undefined;
  private pausing = false;

  constructor(private readonly debuggee: Debuggee) {}

  /** Has what is going stop where it can next; a way back is given up. */
  pause(): void {
    this.pausing = true;
  }

  /** Forwards, as far as the machine was told to go (Execution.go). */
  async forwards(): Promise<Arrival> {
    const { history, endNs } = this.debuggee;
    const ends = (): string | undefined => this.debuggee.ends?.();
    return this.busy('forwards', async (host) => {
      const { turn, guard } = host;
      const stop = (): boolean => this.pausing || host.interrupted || ends() !== undefined;
      let slice = SLICE_MIN_NS;
      let why: Ending = 'time';
      while (why === 'time' && history.now() < endNs && !stop()) {
        const began = performance.now();
        const to = Math.min(history.now() + slice, endNs);
        why = guard(() => history.run(to));
        const took = performance.now() - began;
        await turn();
        slice = Math.min(Math.max(took > SLICE_MS ? slice / 2 : slice * 2, SLICE_MIN_NS), SLICE_MAX_NS);
      }
      if (why !== 'time') return { why };
      if (this.pausing || host.interrupted) return { why: 'pause' };
      return { why: 'over', text: ends() ?? `not done after ${endNs / 1e9} virtual seconds` };
    });
  }

  /** Backwards; where there is no such place, and that is asked for, to power-on. */
  backwards(how: Back, orBeginning: boolean): Promise<Arrival> {
    const { history } = this.debuggee;
    return this.busy('backwards', async (host) => {
      const went = await this.along(history.goingBack(how), host);
      if (went === undefined) return { why: 'pause' };
      if (went) return { why: 'there' };
      if (orBeginning) await this.along(history.goingTo(1), host);
      return { why: 'beginning', text: 'there is no such place since power-on' };
    });
  }

  /**
   * Goes a way in turns; undefined: it was given up. It needs no guard: the machine has come through all of
   * it before.
   */
  private async along<T>(way: Way<T>, host: NodeHost): Promise<T | undefined> {
    for (;;) {
      const { done, value } = way.next();
      if (done === true) return value;
      await host.turn();
      if (!this.pausing && !host.interrupted) continue;
      way.return(undefined as T);
      return undefined;
    }
  }

  private async busy(
    going: 'forwards' | 'backwards',
    go: (host: NodeHost) => Promise<Arrival>,
  ): Promise<Arrival> {
    const host = new NodeHost();
    this.going = going;
    this.pausing = false;
    try {
      return await go(host);
    } catch (error) {
      if (!(error instanceof NoProgressError)) throw error;
      // It was left in the middle of a step.
      this.debuggee.history.goTo(Math.max(1, this.debuggee.history.step));
      return { why: 'stuck', text: error.message };
    } finally {
      host.close();
      this.debuggee.system.machine.console.flush();
      this.going = undefined;
    }
  }
}
