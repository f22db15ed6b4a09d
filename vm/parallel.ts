/** Runs a task for each item, some at the same time; results are in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  jobs: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.map((item, index) => ({ item, index }));
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next.index] = await task(next.item);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}
