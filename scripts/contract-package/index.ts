// What @anpr-edge/contract offers: messages with their validators and topics, the canonical form, and the check of a box's
// chain.

export * from '../../agent/contract/index.ts';
export * from '../../agent/seal/check.ts';
