import type { TestConsul } from "../consul.ts";
import type { SocketProxy } from "../socket-proxy.ts";
import type { Faults } from "./faults.ts";
import type { TestHost } from "../test-host.ts";

/** What a commit of the app brings. */
export interface Content {
  readonly page: string;
  /** What each service of a project has in its command or environment; empty for a Dockerfile's app. */
  readonly services: Readonly<Record<string, string>>;
}

/** A host with the app that is interrupted, and one that nobody touches. */
export interface World {
  readonly host: TestHost;
  readonly faults: Faults;
  /** The app's name and repository; some stories take a new one at each point. */
  app: string;
  /** The way to Docker. */
  readonly docker: SocketProxy;
  /** Where vars are; null where they are in SQLite. */
  readonly consul: TestConsul | null;
  /** By commit. */
  readonly contents: Map<string, Content>;
  /** It may be served by nobody: before its first release, or once it is removed. */
  mayBeAbsent: boolean;
  /** The vars that are stored for the app. */
  storedVars(): Promise<Readonly<Record<string, string>>>;
}

export const bystander = "bystander";
export const bystanderPage = "the page of somebody else";
