import type { Plugin } from 'esbuild';

/** What stands in place of files of the client. */
const STAND_INS: Record<string, string> = {
  boardState: 'export const noBoard = {}; export const nextBoard = (state) => state;',
  callsOfAllPolls: 'export const callsOfAllPolls = () => {};',
};

/** Leaves out the parts of the client that are not about one poll, 300 bytes of the vote view's one response. */
export const onePoll: Plugin = {
  name: 'one-poll',
  setup({ onLoad }) {
    for (const [file, contents] of Object.entries(STAND_INS))
      onLoad({ filter: new RegExp(`/client/${file}\\.ts$`) }, () => ({ contents }));
  },
};
