import type { App } from "../../app.ts";
import { notPushedYet, usage } from "../../errors.ts";
import { type Finding, type FindingKind, findingKinds } from "../../service.ts";
import { nearest } from "../../nearest.ts";
import type { Parts } from "../parts.ts";
import { projectFindings } from "../story/policy.ts";

/** What an app may ask of the server, and what it does ask. */
export interface AppPolicy {
  readonly app: string;
  readonly allowed: readonly FindingKind[];
  /** Of the live release; empty before there is one. */
  readonly findings: readonly (Finding & { readonly allowed: boolean })[];
}

export function readPolicy(parts: Parts, app: App): AppPolicy {
  const allowed = parts.store.allowances.list(app.id);
  const project = parts.store.releases.live(app.id)?.project ?? null;
  const findings = project === null ? [] : projectFindings(parts, app, project);
  return {
    app: app.name,
    allowed,
    findings: findings.map(({ kind, text }) => ({ kind, text, allowed: allowed.includes(kind) })),
  };
}

/** From the next deploy on. @throws notPushedYet, usage for a kind that there is not */
export function allowKinds(parts: Parts, name: string, kinds: readonly string[]): AppPolicy {
  const wanted = readKinds(kinds);
  const app = pushedApp(parts, name);
  parts.store.allowances.allow(app.id, wanted);
  return readPolicy(parts, app);
}

/** From the next deploy on; what runs goes on. @throws notPushedYet, usage for a kind that there is not */
export function denyKinds(parts: Parts, name: string, kinds: readonly string[]): AppPolicy {
  const unwanted = readKinds(kinds);
  const app = pushedApp(parts, name);
  parts.store.allowances.deny(app.id, unwanted);
  return readPolicy(parts, app);
}

/** A push that was refused has made the app known, too. */
function pushedApp({ store }: Parts, name: string): App {
  const app = store.apps.find(name);
  if (app !== null) {
    return app;
  }
  const names = store.apps.all().map((other) => other.name);
  throw notPushedYet(name, nearest(name, names));
}

function readKinds(kinds: readonly string[]): FindingKind[] {
  return kinds.map((text) => {
    const kind = findingKinds.find((known) => known === text);
    if (kind === undefined) {
      const like = nearest(text, findingKinds);
      throw usage(
        `"${text.slice(0, 80)}" is nothing that the policy has a word on.`,
        like === null ? `It has one on: ${findingKinds.join(", ")}` : `Did you mean ${like}?`,
      );
    }
    return kind;
  });
}
