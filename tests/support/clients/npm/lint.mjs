// Lints an API document and prints what is wrong as JSON: node lint.mjs openapi|asyncapi FILE. Copied beside its
// packages, because they are not the project's.
import { readFile } from 'node:fs/promises';

const [, , kind, file] = process.argv;
const text = await readFile(file, 'utf8');

async function spectral(ruleset) {
  const [{ default: core }, { default: rulesets }] = await Promise.all([
    import('@stoplight/spectral-core'),
    import('@stoplight/spectral-rulesets'),
  ]);
  const linter = new core.Spectral();
  linter.setRuleset({ extends: [[rulesets[ruleset], 'recommended']] });
  return linter.run(JSON.parse(text));
}

async function asyncApi() {
  const { Parser } = await import('@asyncapi/parser');
  const { document, diagnostics } = await new Parser().parse(text);
  return document ? diagnostics : [{ message: 'There is no document.' }, ...diagnostics];
}

const findings = await (kind === 'openapi' ? spectral('oas') : asyncApi());
console.log(JSON.stringify(findings.map(({ code, path, message }) => ({ code, path, message }))));
