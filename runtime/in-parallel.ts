/** Calls `work` for every item, at most `atOnce` at a time, and keeps the order. After a failure nothing more is begun. */
export async function mapInParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const todo = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [at, item] of todo) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  const failure = settled.find(({ status }) => status === "rejected");
  if (failure?.status === "rejected") throw failure.reason;
  return results;
}
