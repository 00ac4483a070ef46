import type { JsMsg } from '@nats-io/jetstream';
import { keyOf } from '../plan.js';
import type { Crew } from '../run.js';
import type { Outcome, Result, Task, UnitName } from '../types.js';
import { Connection, pause, RESULTS, resultsSubject, UNITS, unitsSubject } from './connection.js';
import { type Bundle, contentName, parseResult, taskMessage, unpack, type WireResult } from './wire.js';

/** Units that are in the queue, at least; then two for each worker that was seen. */
const WIDTH_MIN = 16;
const BATCH = 256;
const LOOK_MS = 1_000;

interface Waiting {
  task: Task;
  bundle: string;
  /** The queue has taken it */
  isThere: boolean;
  resolve(outcome: Outcome | undefined): void;
}

export interface QueueCrewOptions {
  url: string;
  /** Of the campaign */
  id: string;
  /** The build that workers have to be of */
  build: string;
  bundleOf(task: Task): Bundle;
  /** Is a unit done and kept? */
  isDone(unit: UnitName): boolean;
  says(line: string): void;
}

/**
 * Hands units to whoever takes them from a queue. A unit is put there under its name, so putting it there
 * twice is putting it there once; its result is taken from there when it has been kept. What neither the
 * queue nor anybody has any more, as a server has lost its disk, is put there again.
 */
export class QueueCrew implements Crew {
  width = WIDTH_MIN;
  private readonly waiting = new Map<string, Waiting>();
  /** Results that came, by their units: messages that are acknowledged once they are kept */
  private readonly messages = new Map<string, JsMsg>();
  /** Results of units that have not been handed out since this process began */
  private readonly early = new Map<string, Outcome>();
  private readonly bundles = new Set<string>();
  private readonly loops: Promise<void>[] = [];
  private round = 0;

  private constructor(
    private readonly connection: Connection,
    private readonly options: QueueCrewOptions,
  ) {
    this.loops.push(this.takeResults(), this.lookAfter());
  }

  /** @throws CampaignError: there is no queue */
  static async open(options: QueueCrewOptions): Promise<QueueCrew> {
    const connection = await Connection.open(options.url, options.says);
    return new QueueCrew(connection, options);
  }

  async run(task: Task): Promise<Outcome | undefined> {
    const key = keyOf(task);
    const early = this.early.get(key);
    this.early.delete(key);
    if (early !== undefined) return early;
    return new Promise((resolve) => {
      const bundle = JSON.stringify(this.options.bundleOf(task));
      this.waiting.set(key, { task, bundle, resolve, isThere: false });
      void this.put(key);
    });
  }

  /** Puts a unit into the queue, its files first. */
  private async put(key: string): Promise<void> {
    const { connection, options } = this;
    const round = this.round;
    await connection.until(async () => {
      const waiting = this.waiting.get(key);
      if (waiting === undefined) return;
      const { task, bundle } = waiting;
      const name = contentName(bundle);
      if (!this.bundles.has(name)) {
        const objects = await connection.objects();
        // Where units were lost, what there is of their files may lack pieces.
        if (round > 0 || (await objects.info(name)) === null)
          await objects.putBlob({ name }, new TextEncoder().encode(bundle));
        this.bundles.add(name);
      }
      const message = taskMessage({ campaign: options.id, task, bundle: name });
      const msgID = `${options.id}/${key}/${round}`;
      await connection.js.publish(unitsSubject(options.build, options.id), message, { msgID });
      waiting.isThere = true;
    });
  }

  private async takeResults(): Promise<void> {
    const { connection, options } = this;
    const name = `campaign-${options.id}`;
    let isFirst = true;
    while (connection.isOpen)
      await connection.until(async () => {
        await connection.makeStreams();
        // What was given to a process that is gone is given to this one, at once.
        if (isFirst) await connection.manager.consumers.delete(RESULTS, name).catch(() => {});
        isFirst = false;
        await connection.makeConsumer(RESULTS, name, resultsSubject(options.id));
        const consumer = await connection.js.consumers.get(RESULTS, name);
        // One request stands all the time, so that no result comes just when nobody listens.
        const messages = await consumer.consume({ max_messages: BATCH, abort_on_missing_resource: true });
        for await (const message of messages) this.take(message);
        throw new Error('the stream of results has ended');
      });
  }

  private take(message: JsMsg): void {
    let result: WireResult;
    try {
      result = parseResult(unpack(message.data));
    } catch (error) {
      this.options.says(`a message in the queue is no result: ${(error as Error).message}; it is dropped`);
      message.term();
      return;
    }
    const { unit, outcome } = result;
    const key = keyOf(unit);
    if (this.options.isDone(unit)) {
      message.ack();
      return;
    }
    this.messages.set(key, message);
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    if (waiting === undefined) this.early.set(key, outcome);
    else waiting.resolve(outcome);
  }

  /** What was kept needs the queue's memory no more. */
  kept(results: readonly Result[]): void {
    for (const { task } of results) {
      const key = keyOf(task);
      this.messages.get(key)?.ack();
      this.messages.delete(key);
    }
  }

  /** Sees how many work, and that nothing is lost. */
  private async lookAfter(): Promise<void> {
    const { connection, options } = this;
    while (connection.isOpen) {
      await pause(LOOK_MS);
      const before = [...this.waiting].filter(([, { isThere }]) => isThere).map(([key]) => key);
      try {
        const state = await connection.manager.streams.info(UNITS, {
          subjects_filter: unitsSubject(options.build, options.id),
        });
        const left = Object.values(state.state.subjects ?? {}).reduce((sum, n) => sum + n, 0);
        const workers = await this.workers();
        this.width = Math.max(WIDTH_MIN, 2 * workers);
        if (left > 0 || before.length === 0) continue;
        // Whoever has done a unit puts its result there before the unit goes: it is there by now.
        const results = await connection.manager.consumers.info(RESULTS, `campaign-${options.id}`);
        if (results.num_pending > 0 || results.num_ack_pending > this.messages.size) continue;
        await pause(LOOK_MS);
        const lost = before.filter((key) => this.waiting.has(key));
        if (lost.length === 0) continue;
        options.says(`${lost.length} units are not in the queue any more; they are put there again`);
        this.round++;
        this.bundles.clear();
        for (const key of lost) await this.put(key);
      } catch {
        // It is gone, or has no streams yet: takeResults() makes them, and the connection says it.
      }
    }
  }

  private async workers(): Promise<number> {
    try {
      const info = await this.connection.manager.consumers.info(UNITS, `workers-${this.options.build}`);
      return info.num_waiting + info.num_ack_pending;
    } catch {
      return 0;
    }
  }

  /** Waits for nothing any more; units that are in the queue stay there. */
  drop(): void {
    for (const { resolve } of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
  }

  async close(): Promise<void> {
    this.drop();
    await this.connection.close();
    await Promise.all(this.loops);
  }
}
