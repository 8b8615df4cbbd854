/** Like `Promise.all`, but fails only once all have ended: nothing goes on while somebody cleans up. */
export async function allEnded(works: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}
