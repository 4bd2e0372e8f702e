import { installationOn } from './installation.ts';

await installationOn('bookworm', true);
