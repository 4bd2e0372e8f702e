import { shortOf } from './short.ts';

shortOf('box');
