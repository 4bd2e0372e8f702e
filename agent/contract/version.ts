// Which contract this is. A second door: a thread that writes the number into records needs no schema, and starts in half the
// time without them.

export const CONTRACT_VERSION = 1;
/** Of the published package and the AsyncAPI document: scripts/contract-package/CHANGELOG.md. */
export const CONTRACT_RELEASE = '1.1.0';
