import type { Engine } from "../../ports.ts";

/** Stops and removes a container; one that is gone is no error. @param graceMs to end in; null: its own */
export async function endContainer(
  engine: Pick<Engine, "stopReplica" | "removeReplica">,
  id: string,
  graceMs: number | null,
): Promise<void> {
  await engine.stopReplica(id, graceMs);
  await engine.removeReplica(id);
}
