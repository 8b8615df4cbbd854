import type { App } from "../../app.ts";
import { againstPolicy } from "../../errors.ts";
import { earlierFindings, type EarlierMounts } from "../../project/compose/findings-earlier.ts";
import { frontendFinding, imagesOfOthers } from "../../project/compose/findings.ts";
import { hostPathFindings } from "../../project/compose/findings-mounts.ts";
import { firstFreePort } from "../../project/compose/findings-ports.ts";
import type { ComposeProject, DockerfileProject, Link, Project } from "../../project.ts";
import type { Finding } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { domainFindings } from "../plan/domain-findings.ts";
import { projectDomains } from "../plan/domains-of.ts";
import { ownPortFindings } from "../plan/own-ports.ts";
import type { Report } from "../report.ts";

type PolicyParts = Pick<Parts, "store" | "settings">;

/**
 * What a project asks of the server, and nobody has allowed its app, binds those who deploy, or they would be root on it. An
 * admin is told of it, and bound by it where the setting `policy` is `strict`.
 * @throws againstPolicy with all findings
 */
export function assertAllowed(
  parts: PolicyParts,
  app: App,
  project: Project,
  bringer: { readonly byAdmin: boolean },
  report: Report,
): void {
  assertNoneAgainst(parts, app, projectFindings(parts, app, project), bringer, report);
}

/** The same for what was found elsewhere. @throws againstPolicy */
export function assertNoneAgainst(
  parts: PolicyParts,
  app: Pick<App, "id" | "name">,
  found: readonly Finding[],
  bringer: { readonly byAdmin: boolean },
  report: Report,
): void {
  const allowed = new Set(parts.store.allowances.list(app.id));
  const findings = found.filter(({ kind }) => !allowed.has(kind));
  if (findings.length === 0) {
    return;
  }
  if (!bringer.byAdmin || parts.settings.policy === "strict") {
    throw againstPolicy(app.name, findings);
  }
  findings.forEach(({ kind, text }) =>
    report.warn(`${text} (if that is meant: octo policy:allow ${app.name} ${kind})`),
  );
}

/** Everything that the policy has a word on, allowed or not. */
export function projectFindings(parts: PolicyParts, app: App, project: Project): Finding[] {
  const own = [
    ...ownPortFindings(parts.settings, project),
    ...domainFindings(parts, app, newDomains(parts, app, project)),
  ];
  return project.kind === "compose"
    ? [
        ...project.findings,
        ...own,
        ...earlierFindings(project.mounts, earlierMounts(parts, app, project)),
      ]
    : [...dockerfileFindings(app, project, () => imageNamesOfOthers(parts, app)), ...own];
}

/** What the app has already stays, whoever gave it. */
function newDomains({ store }: PolicyParts, app: App, project: Project): string[] {
  const live = store.releases.live(app.id)?.project ?? null;
  const had = new Set(live === null ? [] : projectDomains(live));
  return projectDomains(project).filter((domain) => !had.has(domain));
}

/** Of the newest release with the same mounts it is enough to say one. */
function earlierMounts({ store }: PolicyParts, app: App, { mounts }: ComposeProject) {
  if (mounts.every(({ kind }) => kind === "content")) {
    return [];
  }
  const seen = new Set<string>();
  return store.releases.list(app.id).flatMap((release): EarlierMounts[] => {
    const { project, status, version } = release;
    if (project?.kind !== "compose" || (status !== "live" && status !== "retired")) {
      return [];
    }
    const paths = JSON.stringify(project.mounts.map(({ kind, path }) => [kind, path]));
    if (seen.has(paths)) {
      return [];
    }
    seen.add(paths);
    return [{ version, mounts: project.mounts }];
  });
}

/** What the images of all other apps are called in Docker: by their ids, behind the instance's name unless that is `goku`. */
export function imageNamesOfOthers({ store, settings }: PolicyParts, app: App): string[] {
  return store.apps
    .all()
    .filter(({ id }) => id !== app.id)
    .flatMap(({ id }) => [id, `${settings.instance}-${id}`]);
}

function dockerfileFindings(
  app: App,
  { mounts, published, links, baseImages, triggerImages = [], frontend }: DockerfileProject,
  namesOfOthers: () => string[],
): Finding[] {
  const images = [...baseImages, ...triggerImages];
  return [
    ...mounts.flatMap(({ source }) =>
      hostPathFindings(`# MOUNT_FROM_HOST ${source} mounts what is the server's`, [source]),
    ),
    ...published
      .filter(({ hostPort }) => hostPort < firstFreePort)
      .map(({ hostPort }): Finding => ({
        kind: "host-ports",
        text: `# PORTS_FROM_HOST ${hostPort} publishes a port that belongs to the server`,
      })),
    ...linkFindings(app, links),
    ...(images.length === 0 ? [] : imagesOfOthers(images, namesOfOthers())),
    ...(frontend === undefined ? [] : [frontendFinding("the Dockerfile", frontend)]),
  ];
}

/** No app's name has a `_`, so what stands before the first one says whose service a container is. */
function linkFindings({ name }: App, links: readonly Link[]): Finding[] {
  return links
    .filter(({ container }) => !container.startsWith(`${name}_`))
    .map(({ alias, container }) => ({
      kind: "networks",
      text: `# LINK_SERVICE ${alias} ${container} links to a container of others, as its name does not begin with ${name}_`,
    }));
}
