import { Stateful } from './state.js';

export interface ConsoleState {
  /** Output since the last newline */
  pending: string;
  /** Bytes that were typed and not read */
  input: number[];
}

/** The console: bytes out to a sink, bytes in from a queue. */
export class Console extends Stateful<ConsoleState> {
  /** Called with each completed chunk of output (at every newline, and by flush). */
  onOutput: (text: string) => void = () => {};
  /** Called before each byte of output; it may flush what came before. */
  onByte: () => void = () => {};
  protected state: ConsoleState = { pending: '', input: [] };

  /** Nobody is told any more. */
  forget(): void {
    this.onOutput = () => {};
    this.onByte = () => {};
  }

  put(byte: number): void {
    const { state } = this;
    this.onByte();
    state.pending += String.fromCharCode(byte & 0xff);
    if (byte === 10 || state.pending.length >= 512) this.flush();
  }

  flush(): void {
    const text = this.state.pending;
    if (text === '') return;
    this.state.pending = '';
    this.onOutput(text);
  }

  /** Queues typed bytes; the machine raises the interrupt. */
  type(text: string): void {
    for (const c of text) this.state.input.push(c.charCodeAt(0) & 0xff);
  }

  get(): number {
    return this.state.input.shift() ?? -1;
  }

  get hasInput(): boolean {
    return this.state.input.length > 0;
  }
}
