import {
  AckPolicy,
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { Objm, type ObjectStore } from '@nats-io/obj';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { CampaignError } from '../error.js';

/** Of what goes through the queue: programs of another form use other streams, and leave these alone. */
const FORM = 2;
/** A stream has one kind of message; each is gone from it when it is acknowledged. */
export const UNITS = `trap12-units-${FORM}`;
export const RESULTS = `trap12-results-${FORM}`;
const OBJECTS = `trap12-files-${FORM}`;

/** Units of a campaign, for workers of one build; `*`: of all. */
export const unitsSubject = (build: string, campaign = '*'): string =>
  `trap12.${FORM}.units.${build}.${campaign}`;
/** The build of units, from their subject. */
export const buildOfUnits = (subject: string): string => subject.split('.')[3]!;
/** Results for one campaign. */
export const resultsSubject = (campaign: string): string => `trap12.${FORM}.results.${campaign}`;

/** Who has a unit says so again and again; if it has not for so long, somebody else gets it. */
export const UNIT_ACK_MS = 10_000;
const RESULT_ACK_MS = 10_000;
/** Units that may be with workers at the same time. */
const PENDING_MAX = 100_000;
/** Messages of one name within this time are one. */
const DUPLICATE_MS = 3_600_000;
/** Between two attempts at what the server does not answer to. */
const PAUSE_MS = 500;
const CONNECT_MS = 5_000;

const nanos = (ms: number): number => ms * 1_000_000;

/** For as long as it takes, or the time is up. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What comes of some work; undefined if it has not ended within a time. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where a queue is: nats://HOST[:PORT]. @throws CampaignError that says what is accepted */
function serverOf(url: string): { servers: string; user?: string; pass?: string } {
  const accepted = `accepted: nats://HOST, nats://HOST:PORT, nats://USER:PASSWORD@HOST:PORT`;
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new CampaignError(`${url}: it is no queue's address; ${accepted}`);
  }
  const { protocol, hostname, port, username, password, pathname } = parsed;
  if (protocol !== 'nats:' || hostname === '' || (pathname !== '' && pathname !== '/'))
    throw new CampaignError(`${url}: it is no queue's address; ${accepted}`);
  const auth =
    username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return { servers: `${hostname}:${port === '' ? '4222' : port}`, ...auth };
}

/** A queue that we are connected to; while its server is away, what is asked of it waits for that. */
export class Connection {
  private ended = false;

  private constructor(
    readonly server: string,
    private readonly nats: NatsConnection,
    readonly js: JetStreamClient,
    readonly manager: JetStreamManager,
    private readonly says: (line: string) => void,
  ) {
    void this.watch();
  }

  /**
   * @param says is told in a line what is waited for
   * @throws CampaignError: nobody is there, or it is no queue
   */
  static async open(url: string, says: (line: string) => void): Promise<Connection> {
    const { servers, ...auth } = serverOf(url);
    let nats: NatsConnection | undefined;
    try {
      nats = await connect({
        ...{ servers, ...auth, timeout: CONNECT_MS, name: 'trap12' },
        ...{ reconnect: true, maxReconnectAttempts: -1, reconnectTimeWait: PAUSE_MS },
      });
      const manager = await jetstreamManager(nats);
      return new Connection(servers, nats, jetstream(nats), manager, says);
    } catch (error) {
      await nats?.close();
      throw new CampaignError(`nats://${servers}: ${whyNot(error as Error)}`);
    }
  }

  private async watch(): Promise<void> {
    let gone = false;
    for await (const { type } of this.nats.status()) {
      if (this.ended) return;
      if (type === 'disconnect' && !gone) this.says(`the queue at ${this.server} is gone; waiting for it`);
      if (type === 'reconnect') this.says(`the queue at ${this.server} is back`);
      gone = type === 'disconnect' || (gone && type !== 'reconnect');
    }
  }

  get isOpen(): boolean {
    return !this.ended;
  }

  /**
   * Does what needs the server's answer, again and again until it comes.
   * @returns undefined: it was closed meanwhile
   */
  async until<T>(ask: () => Promise<T>): Promise<T | undefined> {
    let told = false;
    while (!this.ended) {
      try {
        return await ask();
      } catch (error) {
        if (this.ended) return undefined;
        // A server that is back may have lost its streams; whoever asks makes them.
        if (!told && !/timeout|disconnect|closed|no responders|has ended/i.test((error as Error).message)) {
          told = true;
          this.says(`the queue at ${this.server}: ${(error as Error).message}; trying again`);
        }
        await pause(PAUSE_MS);
      }
    }
    return undefined;
  }

  /** Makes the streams where they are not. */
  async makeStreams(): Promise<void> {
    const kept = { retention: RetentionPolicy.Workqueue, storage: StorageType.File };
    const one = { ...kept, duplicate_window: nanos(DUPLICATE_MS) };
    await this.manager.streams.add({ name: UNITS, subjects: [unitsSubject('*')], ...one });
    await this.manager.streams.add({ name: RESULTS, subjects: [resultsSubject('*')], ...one });
  }

  /** Makes the durable consumer of one subject of a stream where it is not. */
  async makeConsumer(stream: typeof UNITS | typeof RESULTS, name: string, subject: string): Promise<void> {
    await this.manager.consumers.add(stream, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(stream === UNITS ? UNIT_ACK_MS : RESULT_ACK_MS),
      max_ack_pending: PENDING_MAX,
      max_deliver: -1,
    });
  }

  /** The store of files. */
  objects(): Promise<ObjectStore> {
    return new Objm(this.js).create(OBJECTS, {});
  }

  /** What was said last is still sent, if somebody takes it. */
  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await Promise.race([this.nats.flush().catch(() => {}), pause(PAUSE_MS)]);
    await this.nats.close();
  }
}

function whyNot({ name, message }: Error): string {
  if (/refused|ENOTFOUND|EAI_AGAIN|timeout|ECONNRESET/i.test(message) && !/jetstream/i.test(message))
    return `no queue answers there: ${message.replace(/\s+/g, ' ')}`;
  if (/jetstream|no responders/i.test(`${name} ${message}`))
    return 'its server keeps no streams (nats-server -js)';
  return message.replace(/\s+/g, ' ');
}
