import * as v from 'valibot';

const state = v.picklist(['ok', 'unavailable']);

export const healthSchema = v.object({
  status: state,
  checks: v.object({ postgres: state, kafka: state }),
});
