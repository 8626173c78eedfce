/** Changes the Postgres client in processes that run from source, as `patchPostgres` changes it in bundles. Load it before
 * the client: Node loads all static imports of a program before it runs any of them, hence `node --import`. */
import { type LoadFnOutput, registerHooks } from 'node:module';
import { isOfPostgres, patchedPostgres } from './patchPostgres.ts';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!isOfPostgres(url)) return loaded;
    return { ...loaded, source: patchedPostgres(url, textOf(loaded.source)) };
  },
});

function textOf(source: LoadFnOutput['source']): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}
