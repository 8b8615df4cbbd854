import type { CreatedServices, ServiceContainer } from "../../ports.ts";
import type { Definition } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { removeContainers } from "../story/keep-running.ts";

/** What a candidate has done to the project so far. */
export interface Done {
  readonly created: CreatedServices;
  /** Containers that stood still before. */
  readonly started: readonly ServiceContainer[];
  /** Containers that ran before, and do no more. */
  readonly stopped: readonly ServiceContainer[];
  /** Containers that others do not find any more, and what they were made from. */
  readonly hidden: readonly ServiceContainer[];
  readonly definition: Definition;
}

/** The project is as it was: the same containers, networks and volumes. Never replaces the error it is called for. */
export async function takeBack(parts: Parts, done: Done): Promise<void> {
  const { created, definition, hidden, started, stopped } = done;
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      parts.log.error({ err: error }, `could not ${what}`);
    }
  };
  const { signal } = new AbortController();
  // Before what took their names goes, so that there is somebody by that name all the time.
  if (hidden.length > 0) {
    await attempt("give the old containers their names back", () =>
      parts.composer.show(hidden, definition),
    );
  }
  await removeContainers(parts, created.containers);
  await Promise.all([
    ...stopped.map((container) =>
      attempt(`start ${container.name} again`, () =>
        parts.composer.startService(container, signal),
      ),
    ),
    ...started.map(({ id, name }) =>
      attempt(`stop ${name} again`, () => parts.engine.stopReplica(id, null)),
    ),
  ]);
  await attempt("take away the networks and volumes of a candidate", () =>
    parts.composer.uncreate(created),
  );
}
