export * from './messages.ts';
export { type Address, topicOf } from './topics.ts';
