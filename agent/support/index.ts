export { type BundleSource, type BundleWish, bundleFiles } from './bundle.ts';
export { type ArchiveFile, tarGz } from './tar.ts';
