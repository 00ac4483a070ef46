/** JSON schema of a Report. */
export const REPORT_SCHEMA = {};
