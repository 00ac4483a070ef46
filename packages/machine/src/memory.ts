/** Physical memory: one buffer, three views. A CPU back end may supply the buffer. */
export class PhysicalMemory {
  readonly bytes: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;

  /**
   * @param bytes size, a multiple of the page size, 4 MiB to 2 GiB
   * @param buffer where it lives; a new, zeroed one by default
   */
  constructor(bytes: number, buffer: ArrayBufferLike = new ArrayBuffer(bytes)) {
    if (!Number.isInteger(bytes) || bytes < 4 << 20 || bytes > 0x8000_0000 || bytes % 4096 !== 0)
      throw new RangeError(`RAM size ${bytes} is not a multiple of 4096 between 4M and 2G`);
    if (buffer.byteLength < bytes) throw new RangeError('the supplied buffer is smaller than the RAM');
    this.bytes = bytes;
    this.u8 = new Uint8Array(buffer, 0, bytes);
    this.u16 = new Uint16Array(buffer, 0, bytes / 2);
    this.i32 = new Int32Array(buffer, 0, bytes / 4);
  }
}
