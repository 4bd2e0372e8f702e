export { type CommandResult, runCommand } from './command.ts';
export {
  type Finding,
  type Findings,
  groups,
  type Probe,
  type ProbeContext,
  type ProbeResult,
  type Verdict,
  worst,
} from './probe.ts';
export { probeCamera } from './probes/camera.ts';
export { probeCameraClock } from './probes/camera-clock.ts';
export { probes } from './registry.ts';
export { type ProbeReport, runProbes } from './run-probes.ts';
export { takeStill } from './still.ts';
export { type Versions, versions } from './versions.ts';
