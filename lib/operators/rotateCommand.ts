import { type Answer, runCommand } from './command.ts';
import { dropKey, keysIn, nextStep, type Step, secretWith } from './rotateKeys.ts';
import { openSigningSecret } from './signingSecret.ts';

const help = `Rotates the keys that sign receipts, owner tokens, creation keys and webhooks of a stage on AWS.

  npm run rotate -- --stage prod            first run: adds a key that only verifies; second run: lets it sign
  npm run rotate -- --stage prod --drop k1  removes an old key: what it signed is invalid after the next deployment
  npm run rotate -- --json                  prints JSON

  --region us-east-1                        the region of the stage

Deploy after each run, with "npx serverless deploy --force --stage …". Older keys stay, because receipts, owner tokens
and creation keys do not expire. The command finds credentials as AWS's own tools do.`;

function describe(step: Exclude<Step, { did: 'refused' }>, deploy: string): string {
  switch (step.did) {
    case 'added':
      return `${step.kid} was added and verifies after "${deploy}". Then run this command again to make it sign.`;
    case 'promoted':
      return `${step.kid} signs after "${deploy}". The older keys still verify.`;
    case 'dropped':
      return `${step.kid} was dropped. What it signed is invalid after "${deploy}".`;
  }
}

async function rotate(stage: string, region: string, drop: string | undefined): Promise<Answer> {
  const secret = await openSigningSecret(stage, region);
  const keys = keysIn(secret.text);
  const step = drop === undefined ? nextStep(keys, secret.isDeployed) : dropKey(keys, drop);
  // Without --force osls skips a deployment whose code is unchanged, whatever the secret holds.
  const deploy = `npx serverless deploy --force --stage ${stage} --region ${region}`;
  if (step.did === 'refused') {
    return { json: step, text: `${step.reason} To deploy: ${deploy}`, foundProblem: true };
  }
  await secret.replace(secretWith(secret.text, step.keys));
  const { did, kid } = step;
  const kids = step.keys.map((key) => key.kid);
  return { json: { did, kid, keys: kids, secret: secret.arn, deploy }, text: describe(step, deploy) };
}

await runCommand({
  help,
  options: {
    stage: { type: 'string', default: 'dev' },
    region: { type: 'string', default: 'us-east-1' },
    drop: { type: 'string' },
  },
  run: ({ values }) => rotate(values.stage, values.region, values.drop),
});
