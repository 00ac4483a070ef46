#!/usr/bin/env node
// The command lies in a package of the house, which is in this one when it is installed.
await import('@trap12/cli/bin/trap12.js');
