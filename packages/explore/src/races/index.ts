export * from './happens-before.js';
export * from './lock-keys.js';
export * from './report.js';
export { accessText, racesText, raceText } from './text.js';
export { type SiteDeed, SiteDeeds } from './site-deeds.js';
export type { LockSet } from './clocks.js';
export { RaceWatch } from './watch.js';
export { type StaleReport, staleText } from './stale-report.js';
export { type EntryStore, StaleTlb, type StaleTranslation } from './stale-tlb.js';
