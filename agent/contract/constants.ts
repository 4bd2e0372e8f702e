// What is fixed and needs no schema. A second door: who wants a number or a name alone, like the journal's threads, starts in
// half the time without the schemas.

export const CONTRACT_VERSION = 1;
/** Of the published package and the AsyncAPI document: scripts/contract-package/CHANGELOG.md. */
export const CONTRACT_RELEASE = '1.1.0';
/** No site may be called so: its topics would be those of lists. */
export const RESERVED_SITE = 'watchlist';
