import type { Decisions } from './decisions.js';
import type { PhysicalMemory } from './memory.js';
import type { DiskTransfer } from './observer.js';
import { Platter, type PlatterRecord } from './platter.js';
import { copyState } from './state.js';

export const SECTOR = 512;
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
  decisions: Decisions;
  now(): number;
  /** Has complete() called at a time. */
  completeAt(time: number): void;
  interrupt(): void;
  /** Tells observers; nothing comes of it. */
  tell(transfer: DiskTransfer): void;
}

interface DriveState {
  /** Errors still to be injected */
  faults: DiskFault[];
  /** Sectors read and written, for statistics */
  sectorsRead: number;
  sectorsWritten: number;
  status: number;
  error: number;
  /** Sector that the head stands before */
  head: number;
  /** When the command in progress will be done (ns), or -1 */
  doneAt: number;
  /** The command in progress, or the last one */
  cmd: number;
  lba: number;
  count: number;
  prdt: number;
}

export interface AtaRecord {
  drive: DriveState;
  platter: PlatterRecord;
}

/**
 * One ATA drive behind a bus-master DMA channel: one command at a time, seek and transfer take virtual time
 * (20 MB/s, 2 to 11 ms for a seek, by decision), completion raises the interrupt.
 */
export class AtaDisk {
  private state: DriveState = {
    faults: [],
    sectorsRead: 0,
    sectorsWritten: 0,
    status: STATUS_READY,
    error: 0,
    head: 0,
    doneAt: -1,
    cmd: 0,
    lba: 0,
    count: 0,
    prdt: 0,
  };
  private readonly platter = new Platter();

  /** @param errorRate probability with which a command fails by chance, 0 to 1 */
  constructor(
    readonly sectors: number,
    private readonly host: AtaHost,
    private readonly errorRate = 0,
  ) {}

  /** Errors still to be injected; push more. */
  get faults(): DiskFault[] {
    return this.state.faults;
  }

  get sectorsRead(): number {
    return this.state.sectorsRead;
  }

  get sectorsWritten(): number {
    return this.state.sectorsWritten;
  }

  /** When the command in progress will be done (ns), or -1. */
  get doneAt(): number {
    return this.state.doneAt;
  }

  save(): AtaRecord {
    return { drive: copyState(this.state), platter: this.platter.save() };
  }

  restore({ drive, platter }: AtaRecord): void {
    this.state = copyState(drive);
    this.platter.restore(platter);
  }

  /** Starts a command; see ata_command in the kernel's cpufunc.h.ts for the arguments. */
  command(cmd: number, lba: number, count: number, prdt: number): void {
    const { host, state } = this;
    if ((state.status & STATUS_BUSY) !== 0) throw new Error('ata: command while busy');
    Object.assign(state, { status: STATUS_BUSY, error: 0, cmd, lba, count, prdt });
    const least = lba === state.head ? 0 : NS_SEEK_MIN;
    const spread = lba === state.head ? NS_OVERHEAD : NS_SEEK_SPREAD + NS_OVERHEAD;
    const latency = least + NS_OVERHEAD + host.decisions.draw('seek', spread);
    state.doneAt = host.now() + latency + count * NS_PER_SECTOR;
    host.completeAt(state.doneAt);
    this.tell(false);
  }

  private tell(done: boolean): void {
    const { cmd, lba, count, error } = this.state;
    const op = cmd === CMD_READ_DMA ? 'read' : cmd === CMD_WRITE_DMA ? 'write' : 'other';
    this.host.tell({ op, sector: lba, count, done, failed: error !== 0 });
  }

  readStatus(): number {
    return this.state.status;
  }

  readError(): number {
    return this.state.error;
  }

  /** Contents of one sector, for the host (dumps, tests): read only. */
  sector(lba: number): Uint8Array {
    return this.platter.read(lba * SECTOR, SECTOR);
  }

  /** The command in progress is done: moves the data and interrupts. */
  complete(): void {
    const { state } = this;
    state.doneAt = -1;
    state.error = this.check(state.cmd, state.lba, state.count);
    if (state.error === 0) {
      this.transfer(state.cmd === CMD_READ_DMA, state.lba, state.count, state.prdt);
      state.head = state.lba + state.count;
    }
    state.status = STATUS_READY | (state.error === 0 ? 0 : STATUS_ERROR);
    this.tell(true);
    this.host.interrupt();
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
    return this.host.decisions.happens('diskerror', this.errorRate) !== 0 ? ERROR_BAD_DATA : 0;
  }

  private toMemory(from: number, length: number, pa: number): void {
    const { ram } = this.host;
    ram.storing(pa, length, 0, 'disk');
    ram.u8.set(this.platter.read(from, length), pa);
    ram.touch(pa);
    ram.touch(pa + length - 1);
  }

  /** Moves `count` sectors between the platter and the memory that the descriptor table names. */
  private transfer(read: boolean, lba: number, count: number, prdt: number): void {
    const { u8, i32 } = this.host.ram;
    let entry = prdt >>> 2;
    let pa = i32[entry]! >>> 0;
    let left = i32[entry + 1]! & 0x7fffffff;
    for (let s = 0; s < count; s++) {
      const sector = (lba + s) * SECTOR;
      for (let at = 0; at < SECTOR; ) {
        if (left === 0) {
          if (i32[entry + 1]! < 0) throw new Error('ata: descriptor table shorter than the transfer');
          entry += 2;
          pa = i32[entry]! >>> 0;
          left = i32[entry + 1]! & 0x7fffffff;
          if (left === 0) throw new Error('ata: empty descriptor');
        }
        const n = Math.min(left, SECTOR - at);
        if (read) this.toMemory(sector + at, n, pa);
        else this.platter.write(sector + at, u8.subarray(pa, pa + n));
        at += n;
        pa += n;
        left -= n;
      }
    }
    if (read) this.state.sectorsRead += count;
    else this.state.sectorsWritten += count;
  }
}
