/** The ATA disk driver (dev/ata/ata-disk.h). Code in dev/ata.ts. */
import type { bio, bio_queue_head } from '../sys/bio.h.js';
import type { callout } from '../sys/callout.h.js';
import type { disk } from '../sys/disk.h.js';

export const ATA_MAX_RETRIES = 3;
/** Seconds until a command counts as lost. */
export const ATA_TIMEOUT = 5;
export const ATA_C_READ_DMA = 0xc8;
export const ATA_C_WRITE_DMA = 0xca;
export const ATA_S_ERROR = 0x01;
export const ATA_S_READY = 0x40;
export const ATA_S_BUSY = 0x80;
export const ATA_E_ABORT = 0x04;
export const ATA_E_IDNF = 0x10;
export const ATA_E_UNC = 0x40;
export const ATA_IRQ = 14;
/** Sectors of the largest command. */
export const ATA_MAX_SECTORS = 256;
/** End of the descriptor table. */
export const ATA_DMA_EOT = 0x80000000;
/** ad_flags */
export const AD_F_DEAD = 0x01;

/**
 * A disk.
 * @lock a ad_mtx
 * @lock c constant after startup
 */
export interface ad_softc extends struct {
  ad_disk: embed<disk>; // (c) the disk
  ad_queue: embed<bio_queue_head>; // (a) requests that wait, sorted
  ad_doneq: embed<TAILQ_HEAD<bio>>; // (a) requests that are finished and not yet given back
  ad_active: bio; // (a) request that the drive works on, null if it is idle
  ad_donecount: int; // (a) bytes of it that are done
  ad_chunk: int; // (a) bytes of the command under way
  ad_retries: int; // (a) times that it failed
  ad_flags: int; // (a) AD_F_*
  ad_callout: embed<callout>; // (a) watches the command
  ad_reads: u_int; // (a) read requests so far
  ad_writes: u_int; // (a) write requests so far
  ad_unit: int; // (c) unit number
}
