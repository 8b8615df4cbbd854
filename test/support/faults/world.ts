import type { TestConsul } from "../consul.ts";
import type { SocketProxy } from "../socket-proxy.ts";
import type { TestHost } from "../test-host.ts";
import type { Faults } from "./faults.ts";

/** What a commit of the app brings. */
export interface Content {
  readonly page: string;
  /** What each service of a project has in its command or environment; empty for a Dockerfile's app. */
  readonly services: Readonly<Record<string, string>>;
}

/** What is interrupted; some stories take a new one at each point. */
export interface Subject {
  readonly repository: string;
  readonly branch: string;
  /** What people call it. */
  readonly app: string;
  /** Its name in Docker. */
  readonly id: string;
}

/** A host with the app that is interrupted, and one that nobody touches. */
export interface World {
  readonly host: TestHost;
  readonly faults: Faults;
  subject: Subject;
  /** The way to Docker. */
  readonly docker: SocketProxy;
  /** Where vars are; null where they are in SQLite. */
  readonly consul: TestConsul | null;
  /** By commit. */
  readonly contents: Map<string, Content>;
  /** Pages that may be served from now on: what is live, and what may take its place. Another set for each point. */
  pages: Set<string>;
  /** The commit that is to be live when the story is over. */
  wanted: string;
  /** The version that was live before the story began; 0 for none. */
  before: number;
  /**
   * What its hosts may answer in place of a page: 404 before the first release and after the removal, 503 while it is stopped;
   * null where it has to be served all the time.
   */
  absent: 404 | 503 | null;
  /** It has a certificate. */
  isSecure: boolean;
  /** Every host that has ever led to a subject, and the name of its app. The newest last. */
  readonly hosts: Map<string, string>;
  /** The vars that are stored, by app. */
  storedVars(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>>;
}

export const bystander = "bystander";
export const bystanderPage = "the page of somebody else";

export function subjectOf(repository: string, branch: string): Subject {
  const id = `${repository}-${branch}`;
  return { repository, branch, id, app: branch === "main" ? repository : id };
}

/** In its file CNAME, which counts on the default branch alone. */
export function ownDomain({ app }: Subject): string {
  return `www.${app}.example`;
}

/** Hosts that every release of it has. */
export function standingHosts({ host, subject }: World): string[] {
  const names = [...new Set([subject.app, subject.id])];
  const own = subject.branch === "main" ? [ownDomain(subject)] : [];
  return [...names.map((name) => `${name}.${host.domain}`), ...own];
}
