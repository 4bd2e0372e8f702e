export * from './answers.ts';
export * from './audit.ts';
export * from './health.ts';
export * from './hits.ts';
export * from './messages.ts';
export { type Lane, lanes, type Range, type RecordLane } from './parts.ts';
export * from './records.ts';
export * from './tolerance.ts';
export {
  type Address,
  addressOf,
  type Channel,
  type ChannelName,
  channels,
  evidenceTopicOf,
  partTopicOf,
  RESERVED_SITE,
  replyTopicOf,
  topicOf,
  topicPatternOf,
  watchlistTopicOf,
} from './topics.ts';
export { CONTRACT_RELEASE, CONTRACT_VERSION } from './version.ts';
export * from './watchlist.ts';
