/** What a user writes: it prints each record, and fails the first time. */
let calls = 0;

export async function handler({ records }) {
  calls += 1;
  for (const { value } of Object.values(records).flat())
    console.log(`call ${calls} got ${Buffer.from(value, 'base64')}`);
  if (calls === 1) throw new Error('Not now.');
}
