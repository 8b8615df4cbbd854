import { cleanUp } from "../../system/clean-up.ts";
import type { Parts } from "../parts.ts";

/** From now on Docker starts them again when they die. Until that could be said, reconcile looks after them alone. */
export async function keepRunning(parts: Parts, ids: readonly string[]): Promise<void> {
  const { engine, log, unkept } = parts;
  ids.forEach((id) => unkept.add(id));
  try {
    await Promise.all(
      ids.map(async (id) => {
        await engine.keepReplica(id);
        unkept.delete(id);
      }),
    );
  } catch (error) {
    log.warn({ err: error }, "could not have Docker keep a container running");
  }
}

/**
 * To be said before they are stopped. Docker, when it comes back itself, starts what has `restart: always`, stopped or not,
 * and that could be two on one data; what `keepRunning` was told of, it starts only where it ran.
 */
export async function letStayStopped(
  parts: Parts,
  containers: readonly { readonly id: string }[],
): Promise<void> {
  await keepRunning(
    parts,
    containers.map(({ id }) => id),
  );
}

/** Never replaces the error it is called for. */
export async function removeContainers(
  parts: Parts,
  containers: readonly { readonly id: string; readonly name: string }[],
): Promise<void> {
  await Promise.all(
    containers.map(({ id, name }) =>
      cleanUp(parts.log.child({ container: name }), "remove a candidate", () =>
        parts.engine.removeReplica(id),
      ),
    ),
  );
}
