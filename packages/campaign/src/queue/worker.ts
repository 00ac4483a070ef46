import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { NEVER_ENDS, type Outcome, type Task } from '../types.js';
import {
  buildOfUnits,
  Connection,
  pause,
  resultsSubject,
  UNIT_ACK_MS,
  UNITS,
  unitsSubject,
  within,
} from './connection.js';
import {
  type Bundle,
  contentName,
  parseBundle,
  parseTask,
  resultMessage,
  unpack,
  type WireTask,
} from './wire.js';

/** A unit that was given out so often, and never came to its end, is not tried again. */
const DELIVERIES_MAX = 100;
const LOOK_MS = 1_000;
const SOON_MS = 50;
/** A unit that cannot be worked off here is left to others for so long. */
const FOREIGN_MS = 20_000;
/** Files of a scenario are kilobytes; if they have not come then, they lack pieces. */
const FILES_MS = 10_000;

/** A unit that cannot be worked off here, as its files come to another build or are none: for others. */
export class ForeignUnit extends Error {}

export interface WorkerOptions {
  url: string;
  /** The build that this is */
  build: string;
  /** Units at the same time */
  width: number;
  /** No more than so many units; undefined: no limit */
  units?: number;
  stop(): boolean;
  says(line: string): void;
  /**
   * Works off a unit.
   * @returns undefined: it was given up
   * @throws ForeignUnit
   */
  run(task: Task, bundle: Bundle): Promise<Outcome | undefined>;
}

/**
 * Takes units from a queue and puts what came of them there, until it is stopped. A result is in the queue
 * before its unit is out of it: whoever dies in between has done it for nothing, and no more than that.
 * @returns units that were done
 * @throws CampaignError: there is no queue
 */
export async function runWorker(options: WorkerOptions): Promise<number> {
  const connection = await Connection.open(options.url, options.says);
  try {
    return await new Worker(connection, options).work();
  } finally {
    await connection.close();
  }
}

class Worker {
  private begun = 0;
  private done = 0;
  private busy = 0;
  private failed: unknown;
  private messages: ConsumerMessages | undefined;
  private isEnding = false;
  private readonly held: { message: JsMsg; alive: NodeJS.Timeout }[] = [];
  private readonly bundles = new Map<string, Bundle>();
  private readonly told = new Set<string>();

  constructor(
    private readonly connection: Connection,
    private readonly options: WorkerOptions,
  ) {}

  private get isOver(): boolean {
    const { stop, units = Number.POSITIVE_INFINITY } = this.options;
    return stop() || this.failed !== undefined || this.begun >= units;
  }

  async work(): Promise<number> {
    const receiving = this.receive();
    await this.lookForOthers();
    // First of all no more are asked for, or those that are given back would come again.
    this.isEnding = true;
    this.messages?.stop();
    for (const { message, alive } of this.held.splice(0)) {
      clearInterval(alive);
      message.nak();
    }
    while (this.busy > 0) await pause(SOON_MS);
    // Who waits for a unit waits no more.
    await this.connection.close();
    await receiving;
    if (this.failed !== undefined) throw this.failed;
    return this.done;
  }

  /**
   * One request for units stands all the time, so that none comes just when nobody listens. Those that came
   * too soon are held, and kept from being given to others.
   */
  private async receive(): Promise<void> {
    const { connection, options } = this;
    const name = `workers-${options.build}`;
    while (!this.isOver)
      await this.untilOver(async () => {
        await connection.makeConsumer(UNITS, name, unitsSubject(options.build));
        const consumer = await connection.js.consumers.get(UNITS, name);
        const messages = await consumer.consume({
          max_messages: options.width,
          abort_on_missing_resource: true,
          callback: (message) => {
            if (this.isEnding) return message.nak();
            const alive = setInterval(() => message.working(), UNIT_ACK_MS / 3);
            this.held.push({ message, alive });
            this.begin();
          },
        });
        this.messages = messages;
        if (this.isEnding) messages.stop();
        const error = await messages.closed();
        if (error instanceof Error) throw error;
      });
  }

  /** Begins as many units as can be worked at. */
  private begin(): void {
    while (this.busy < this.options.width && !this.isOver) {
      const held = this.held.shift();
      if (held === undefined) return;
      void this.take(held.message).finally(() => {
        clearInterval(held.alive);
        this.begin();
      });
    }
  }

  /** As long as the queue does not answer, it is asked again; what else goes wrong ends the worker. */
  private async untilOver(ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      this.say('waiting', `waiting for units at ${this.connection.server}`);
      if (process.env.TRAP12_DEBUG !== undefined) this.options.says((error as Error).message);
      await pause(LOOK_MS);
    }
  }

  private async take(message: JsMsg): Promise<void> {
    const { options, connection } = this;
    let wire: WireTask;
    try {
      wire = parseTask(unpack(message.data));
    } catch (error) {
      options.says(`a message in the queue is no unit: ${(error as Error).message}; it is dropped`);
      message.term();
      return;
    }
    this.begun++;
    this.busy++;
    try {
      const bundle = await this.bundle(wire.bundle);
      if (bundle === undefined && connection.isOpen) {
        this.begun--;
        options.says(
          `the files ${wire.bundle} of a unit are not in the queue; its campaign puts both there again`,
        );
        message.term();
        return;
      }
      const outcome = bundle && (await this.outcomeOf(wire, bundle, message.info.deliveryCount));
      if (outcome === undefined) {
        this.begun--;
        message.nak();
        return;
      }
      await connection.until(async () => {
        await connection.js.publish(resultsSubject(wire.campaign), resultMessage(wire.task, outcome), {
          msgID: `${wire.campaign}/${message.info.streamSequence}/${message.info.timestampNanos}`,
        });
        this.done++;
      });
      await message.ackAck().catch(() => {});
    } catch (error) {
      this.begun--;
      if (error instanceof ForeignUnit) {
        this.say(error.message, `${error.message}; it is left to others`);
        message.nak(FOREIGN_MS);
        return;
      }
      message.nak();
      this.failed ??= error;
    } finally {
      this.busy--;
    }
  }

  private async outcomeOf(
    { task }: WireTask,
    bundle: Bundle,
    deliveries: number,
  ): Promise<Outcome | undefined> {
    if (deliveries > DELIVERIES_MAX) {
      const title = `it was given to workers ${DELIVERIES_MAX} times, and none has come to its end`;
      const failure = { signature: NEVER_ENDS, title, times: 1, at: 0, schedule: '', size: 0 };
      return { tries: task.count, failures: [failure] };
    }
    return this.options.run(task, bundle);
  }

  /** The files of a unit; undefined: they are not there, or not whole. */
  private async bundle(name: string): Promise<Bundle | undefined> {
    const known = this.bundles.get(name);
    if (known !== undefined) return known;
    const blob = await this.connection.until(async () => {
      const objects = await this.connection.objects();
      if ((await objects.info(name)) === null) return undefined;
      try {
        // Of an object that lacks pieces they would be waited for without end.
        return await within(FILES_MS, objects.getBlob(name));
      } catch (error) {
        if (/corrupt|digest/i.test((error as Error).message)) return undefined;
        throw error;
      }
    });
    if (blob === undefined || blob === null) return undefined;
    const text = new TextDecoder().decode(blob);
    if (contentName(text) !== name)
      throw new ForeignUnit(`the files ${name} in the queue are others than they say`);
    let bundle: Bundle;
    try {
      bundle = parseBundle(text);
    } catch (error) {
      throw new ForeignUnit(`the files ${name} in the queue: ${(error as Error).message}`);
    }
    this.bundles.set(name, bundle);
    return bundle;
  }

  /** Units of other builds are not taken, and stay where they are; somebody should know of them. */
  private async lookForOthers(): Promise<void> {
    const { connection, options } = this;
    for (let idle = 0; !this.isOver; idle++) {
      const before = this.done;
      for (let waited = 0; waited < LOOK_MS && !this.isOver; waited += SOON_MS) await pause(SOON_MS);
      try {
        const { state } = await connection.manager.streams.info(UNITS, {
          subjects_filter: unitsSubject('*'),
        });
        for (const [subject, units] of Object.entries(state.subjects ?? {}))
          if (buildOfUnits(subject) !== options.build && units > 0)
            this.say(
              buildOfUnits(subject),
              `units of another build wait at ${connection.server}: ${buildOfUnits(subject)}, this is ${options.build}`,
            );
        const isOwn = (subject: string): boolean => buildOfUnits(subject) === options.build;
        if (!Object.keys(state.subjects ?? {}).some(isOwn) && before === this.done && idle > 2)
          this.say('empty', `no units at ${connection.server}; waiting`);
      } catch {
        // The connection says that it is gone.
      }
    }
  }

  private say(what: string, line: string): void {
    if (this.told.has(what)) return;
    this.told.add(what);
    this.options.says(line);
  }
}
