import { installationOn } from './installation.ts';

await installationOn('trixie', false);
