import type { App } from "../../app.ts";
import type { PathFacts } from "../../compose-ports.ts";
import type { TreeMount } from "../../service.ts";
import type { ReadDockerfile } from "./dockerfiles.ts";
import type { ComposeModel } from "./model.ts";

/** Everything that the meaning of a compose file depends on. */
export interface ComposeInput {
  readonly model: ComposeModel;
  /** What docker compose said while it read the file. */
  readonly warnings: readonly string[];
  readonly app: App;
  /** Path of the compose file in the tree. */
  readonly file: string;
  /** Contents of those of `projectFiles()` that the tree has. */
  readonly files: ReadonlyMap<string, string>;
  readonly vars: Readonly<Record<string, string>>;
  /** Absolute path of the checkout. */
  readonly tree: string;
  /** What is at the paths of `hostPaths`; those of `mounts` with their hashes. */
  readonly facts: ReadonlyMap<string, PathFacts>;
  /** By service that is built, as far as they could be read (`readDockerfiles`). */
  readonly dockerfiles: ReadonlyMap<string, ReadDockerfile>;
  /** EXPOSE by service that is built. */
  readonly exposed: ReadonlyMap<string, readonly number[]>;
  /** Ids of the server's other apps. */
  readonly otherApps: readonly string[];
  /** Where a mount of the app finds its content (by hash) or keeps it (by path). */
  readonly sourceOf: (kind: TreeMount["kind"], name: string) => string;
}
