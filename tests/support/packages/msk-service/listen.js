/** What a user writes: it prints each record, and fails the first time. A mistake of theirs throws in the background. */
let calls = 0;

export async function handler({ records }) {
  calls += 1;
  for (const { value } of Object.values(records).flat()) {
    const text = `${Buffer.from(value, 'base64')}`;
    console.log(`call ${calls} got ${text}`);
    if (text === 'mistake') setImmediate(() => undefinedFunction());
  }
  if (calls === 1) throw new Error('Not now.');
}
