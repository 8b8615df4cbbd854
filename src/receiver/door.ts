import { noSuchRepository } from "../errors.ts";
import type { Caller, GitService, PushHandler } from "./push.ts";
import type { BareRepositories } from "./repositories.ts";
import type { HookFolder } from "./scripts.ts";

/** What git is started with. */
export interface OpenRepository {
  readonly path: string;
  readonly hooks: HookFolder;
  /** Bytes that a push may bring; 0 for a fetch. */
  readonly most: number;
}

/**
 * The way in of both doors, before any git process: authorized, and there on the first push.
 * @throws GokuError = refused
 */
export async function openRepository(
  handler: PushHandler,
  repositories: BareRepositories,
  caller: Caller,
  repository: string,
  service: GitService,
): Promise<OpenRepository> {
  await handler.authorize(caller, repository, service);
  const isPush = service === "receive-pack";
  const most = isPush ? await repositories.mostOfPush() : 0;
  const path = isPush
    ? await repositories.prepare(repository)
    : await repositories.find(repository);
  if (path === null) {
    throw noSuchRepository(repository);
  }
  return { path, hooks: handler.readsWholePush(repository) ? "hooks-first" : "hooks", most };
}

/** `blog.git` and `blog` are one repository. */
export function withoutSuffix(name: string): string {
  return name.endsWith(".git") ? name.slice(0, -".git".length) : name;
}
