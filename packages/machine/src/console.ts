/** The console: bytes out to a sink, bytes in from a queue. Output is also kept, up to a limit, for whoever asks. */
export class Console {
  /** Called with each completed chunk of output (at every newline, and by flush). */
  onOutput: (text: string) => void = () => {};
  private pending = '';
  private readonly input: number[] = [];

  put(byte: number): void {
    this.pending += String.fromCharCode(byte & 0xff);
    if (byte === 10 || this.pending.length >= 512) this.flush();
  }

  flush(): void {
    if (this.pending === '') return;
    const text = this.pending;
    this.pending = '';
    this.onOutput(text);
  }

  /** Queues typed bytes; the machine raises the interrupt. */
  type(text: string): void {
    for (const c of text) this.input.push(c.charCodeAt(0) & 0xff);
  }

  get(): number {
    return this.input.shift() ?? -1;
  }

  get hasInput(): boolean {
    return this.input.length > 0;
  }
}
