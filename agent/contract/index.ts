export * from './answers.ts';
export * from './audit.ts';
export * from './constants.ts';
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
  replyTopicOf,
  topicOf,
  topicPatternOf,
  watchlistTopicOf,
} from './topics.ts';
export * from './watchlist.ts';
