import { allEnded } from "../system/all-ended.ts";

/** File operations under way at once: a few more than Node has threads for them. */
const width = 8;

/** Does the work for each item, several at once, in no order. Ends with the first failure, once nothing is under way. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of rest) {
      if (failed) {
        return;
      }
      await work(item);
    }
  };
  const guarded = () =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  await allEnded(Array.from({ length: width }, guarded));
}
