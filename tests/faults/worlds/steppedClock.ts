/** Loaded into the functions' process before all else (`node --import`): its wall clock is off by as many
 * milliseconds as the file that STEPPED_CLOCK names says, at any moment. */
import { readFileSync, watch } from 'node:fs';

const file = process.env['STEPPED_CLOCK'];

if (file) {
  const RealDate = Date;
  let offset = 0;
  const read = () => {
    const text = readFileSync(file, 'utf8');
    if (text) offset = Number(text); // Empty while it is being written.
  };
  read();
  watch(file, { persistent: false }, read);
  const now = RealDate.now.bind(RealDate);
  RealDate.now = () => now() + offset;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [RealDate.now()] : given, newTarget),
    apply: () => new RealDate(RealDate.now()).toString(),
  });
}
