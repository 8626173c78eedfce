/** Loaded first in the thread of the functions that Kafka invokes. It sets the emulator up there as it is in its own
 * thread. */
import { setEmulatorLog } from './muteEmulator.ts';
import { rememberHandlers } from './rememberHandlers.ts';

rememberHandlers();
await setEmulatorLog({ warning: console.error, error: console.error });
