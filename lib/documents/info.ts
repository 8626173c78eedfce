/** The version is that of the interface, in which names never change meaning, not of the code. */
export const INFO = {
  title: 'PoleParty',
  version: '1.0.0',
  license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
};
