export { startSharedServers as default } from './sharedServers.ts';
