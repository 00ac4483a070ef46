import type { PhysicalMemory } from './memory.js';
import type { Prng } from './prng.js';

export const SECTOR = 512;
const CHUNK_SECTORS = 128;
const STATUS_BUSY = 0x80;
const STATUS_READY = 0x40;
const STATUS_ERROR = 0x01;
const ERROR_ABORTED = 0x04;
const ERROR_NO_SECTOR = 0x10;
const ERROR_BAD_DATA = 0x40;
const CMD_READ_DMA = 0xc8;
const CMD_WRITE_DMA = 0xca;
const NS_PER_SECTOR = 25_600;
const NS_OVERHEAD = 150_000;
const NS_SEEK_MIN = 2_000_000;
const NS_SEEK_SPREAD = 9_000_000;

/** A fault to inject: commands of that kind that touch the range fail, `times` times. */
export interface DiskFault {
  op: 'read' | 'write';
  firstSector: number;
  lastSector: number;
  times: number;
}

/** What the disk needs of the machine. */
export interface AtaHost {
  ram: PhysicalMemory;
  random: Prng;
  now(): number;
  at(time: number, run: () => void): void;
  interrupt(): void;
}

/**
 * One ATA drive behind a bus-master DMA channel: one command at a time, seek and transfer take virtual time (20 MB/s,
 * 2 to 11 ms for a seek, drawn from the machine's seed), completion raises the interrupt.
 */
export class AtaDisk {
  readonly faults: DiskFault[] = [];
  /** Sectors read and written, for statistics. */
  sectorsRead = 0;
  sectorsWritten = 0;
  /** When the command in progress will be done (ns), or -1. */
  doneAt = -1;

  private readonly chunks = new Map<number, Uint8Array>();
  private status = STATUS_READY;
  private error = 0;
  private head = 0;

  constructor(
    readonly sectors: number,
    private readonly host: AtaHost,
  ) {}

  /** Starts a command; see ata_command in the kernel's cpufunc.h.ts for the arguments. */
  command(cmd: number, lba: number, count: number, prdt: number): void {
    if ((this.status & STATUS_BUSY) !== 0) throw new Error('ata: command while busy');
    this.status = STATUS_BUSY;
    this.error = 0;
    const { host } = this;
    const seek = lba === this.head ? 0 : NS_SEEK_MIN + host.random.below(NS_SEEK_SPREAD);
    const jitter = host.random.below(NS_OVERHEAD);
    this.doneAt = host.now() + seek + NS_OVERHEAD + jitter + count * NS_PER_SECTOR;
    host.at(this.doneAt, () => {
      this.finish(cmd, lba, count, prdt);
      host.interrupt();
    });
  }

  readStatus(): number {
    return this.status;
  }

  readError(): number {
    return this.error;
  }

  /** Contents of one sector, for the host (dumps, tests). */
  sector(lba: number): Uint8Array {
    const chunk = this.chunks.get(Math.floor(lba / CHUNK_SECTORS));
    if (chunk === undefined) return new Uint8Array(SECTOR);
    const at = (lba % CHUNK_SECTORS) * SECTOR;
    return chunk.subarray(at, at + SECTOR);
  }

  private finish(cmd: number, lba: number, count: number, prdt: number): void {
    this.doneAt = -1;
    this.error = this.check(cmd, lba, count);
    if (this.error === 0) {
      this.transfer(cmd === CMD_READ_DMA, lba, count, prdt);
      this.head = lba + count;
    }
    this.status = STATUS_READY | (this.error === 0 ? 0 : STATUS_ERROR);
  }

  private check(cmd: number, lba: number, count: number): number {
    if (cmd !== CMD_READ_DMA && cmd !== CMD_WRITE_DMA) return ERROR_ABORTED;
    if (lba < 0 || count <= 0 || lba + count > this.sectors) return ERROR_NO_SECTOR;
    const op = cmd === CMD_READ_DMA ? 'read' : 'write';
    for (const fault of this.faults) {
      if (fault.op !== op || fault.times <= 0) continue;
      if (lba > fault.lastSector || lba + count <= fault.firstSector) continue;
      fault.times--;
      return ERROR_BAD_DATA;
    }
    return 0;
  }

  /** Moves `count` sectors between the platter and the memory that the descriptor table names. */
  private transfer(read: boolean, lba: number, count: number, prdt: number): void {
    const { u8, i32 } = this.host.ram;
    let entry = prdt >>> 2;
    let pa = i32[entry]! >>> 0;
    let left = i32[entry + 1]! & 0x7fffffff;
    for (let s = 0; s < count; s++) {
      const block = this.writableSector(lba + s);
      for (let at = 0; at < SECTOR; ) {
        if (left === 0) {
          if (i32[entry + 1]! < 0) throw new Error('ata: descriptor table shorter than the transfer');
          entry += 2;
          pa = i32[entry]! >>> 0;
          left = i32[entry + 1]! & 0x7fffffff;
        }
        const n = Math.min(left, SECTOR - at);
        if (read) u8.set(block.subarray(at, at + n), pa);
        else block.set(u8.subarray(pa, pa + n), at);
        at += n;
        pa += n;
        left -= n;
      }
    }
    if (read) this.sectorsRead += count;
    else this.sectorsWritten += count;
  }

  private writableSector(lba: number): Uint8Array {
    const index = Math.floor(lba / CHUNK_SECTORS);
    let chunk = this.chunks.get(index);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK_SECTORS * SECTOR);
      this.chunks.set(index, chunk);
    }
    const at = (lba % CHUNK_SECTORS) * SECTOR;
    return chunk.subarray(at, at + SECTOR);
  }
}
