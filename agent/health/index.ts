export { type ClockReport, type ClockState, clockState } from './clock.ts';
