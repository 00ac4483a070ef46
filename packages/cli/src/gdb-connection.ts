import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type GdbSession, type Outcome, packet, PacketReader } from '@trap12/gdb-remote';
import type { RunHost } from '@trap12/system';
import { latin1Bytes } from '@trap12/target';

/** How a client went away. */
export type Left = 'detach' | 'kill' | 'lost';

/** Host time within which a client has to say something that is a packet. */
const PATIENCE_MS = 10_000;
/** Packets that may wait; gdb has one answer outstanding at a time. */
const MOST_WAITING = 1000;

/** One client of the gdb server, from its coming to its going. */
export class GdbConnection {
  private readonly reader = new PacketReader();
  private readonly waiting: Uint8Array[] = [];
  private wake: () => void = () => undefined;
  private over: Left | undefined;
  private interrupted = false;
  private acknowledges = true;
  /**
   * What was sent last and is not acknowledged yet. gdb asks for it again also when it is only tired of
   * waiting for an answer.
   */
  private last: Uint8Array | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly session: GdbSession,
    private readonly host: RunHost,
    patienceMs = PATIENCE_MS,
  ) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.setTimeout(patienceMs, () => this.end('lost'));
    socket.on('data', (bytes) => this.arrive(bytes));
    socket.on('end', () => this.end('lost'));
    socket.on('error', () => this.end('lost'));
    socket.on('close', () => this.end('lost'));
  }

  /** Serves the client until it is gone, or the host has enough. */
  async serve(): Promise<Left> {
    this.session.attach();
    try {
      while (this.over === undefined) {
        const next = this.waiting.shift();
        if (next !== undefined) await this.answer(this.session.handle(next));
        else
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
      }
      return this.over;
    } finally {
      this.socket.destroySoon();
    }
  }

  /** Somebody else wants it to be over. */
  end(how: Left): void {
    this.over ??= how;
    this.wake();
  }

  private arrive(bytes: Uint8Array): void {
    for (const arrival of this.reader.push(bytes)) {
      switch (arrival.kind) {
        case 'packet':
          this.socket.setTimeout(0);
          if (this.acknowledges) this.socket.write('+');
          this.waiting.push(arrival.data);
          this.interrupted = false;
          break;
        case 'bad':
          if (this.acknowledges) this.socket.write('-');
          break;
        case 'nak':
          if (this.last !== undefined) this.socket.write(this.last);
          break;
        case 'interrupt':
          this.interrupted = true;
          break;
        case 'ack':
          this.last = undefined;
          break;
      }
    }
    if (this.waiting.length > MOST_WAITING) this.end('lost');
    this.wake();
  }

  private async answer(outcome: Outcome): Promise<void> {
    if ('go' in outcome) {
      const stop = (): boolean => this.interrupted || this.over !== undefined || this.host.stop?.() === true;
      const { console, reply } = await this.session.run(outcome.go, { ...this.host, stop });
      for (const text of [...console, reply]) await this.send(text);
      return;
    }
    if ('console' in outcome) for (const text of outcome.console) await this.send(text);
    const after = 'after' in outcome ? outcome.after : undefined;
    if (after !== 'kill') await this.send(outcome.reply);
    if (after === 'noAck') {
      this.acknowledges = false;
      this.last = undefined;
      this.reader.checks = false;
    } else if (after !== undefined) this.end(after);
  }

  private async send(text: string): Promise<void> {
    if (this.over !== undefined) return;
    const bytes = packet(latin1Bytes(text));
    this.last = this.acknowledges ? bytes : undefined;
    if (this.socket.write(bytes)) return;
    // A client that reads nothing must not fill this computer's memory.
    await Promise.race([once(this.socket, 'drain'), once(this.socket, 'close')]).catch(() => undefined);
  }
}
