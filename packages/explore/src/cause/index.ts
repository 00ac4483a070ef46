export { type Cause, causeOf, type ObjectHistory, type Turn, type Written } from './cause.js';
export { causeText, missedWakeupsText } from './text.js';
export { type MissedWakeup, missedWakeups } from './waits.js';
