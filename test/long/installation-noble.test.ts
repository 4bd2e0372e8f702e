import { installationOn } from './installation.ts';

await installationOn('noble', false);
