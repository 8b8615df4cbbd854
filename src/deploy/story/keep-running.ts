import type { Parts } from "../parts.ts";

/** From now on Docker starts them again when they die. Where that cannot be said, reconcile looks after them alone. */
export async function keepRunning(parts: Parts, ids: readonly string[]): Promise<void> {
  try {
    await Promise.all(ids.map((id) => parts.engine.keepReplica(id)));
  } catch (error) {
    parts.log.warn({ err: error }, "could not have Docker keep a container running");
  }
}

/** Never replaces the error it is called for. */
export async function removeContainers(
  parts: Parts,
  containers: readonly { readonly id: string; readonly name: string }[],
): Promise<void> {
  await Promise.all(
    containers.map(async ({ id, name }) => {
      try {
        await parts.engine.removeReplica(id);
      } catch (error) {
        parts.log.warn({ err: error, container: name }, "could not remove a candidate");
      }
    }),
  );
}
