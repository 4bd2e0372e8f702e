// A second door, for the running agent, which asks these two of its machine all day: behind the first one are the probes and
// everything that they look at cameras and brokers with.

export { type ClockState, clockState } from './clock.ts';
export { hottest } from './temperature.ts';
