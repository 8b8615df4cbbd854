import { againstPolicy } from "../../errors.ts";
import type { Project } from "../../project.ts";
import type { Revision } from "../../revision.ts";
import type { Report } from "../report.ts";

/** Below this, ports belong to services of the server itself: sshd, DNS, mail, other web servers. */
const firstFreePort = 1024;

/**
 * What a project asks of the server binds those who deploy, or they would be root on it; an admin is told of the same.
 * @throws againstPolicy with all findings
 */
export function assertAllowed(project: Project, revision: Revision, report: Report): void {
  const findings = findingsOf(project);
  if (findings.length > 0 && !revision.byAdmin) {
    throw againstPolicy(revision.by, findings);
  }
  findings.forEach((finding) => report.warn(finding));
}

function findingsOf({ mounts, published }: Project): string[] {
  return [
    ...mounts.map(
      ({ source }) => `# MOUNT_FROM_HOST ${source}: a folder of the server inside the container`,
    ),
    ...published
      .filter(({ hostPort }) => hostPort < firstFreePort)
      .map(({ hostPort }) => `# PORTS_FROM_HOST ${hostPort}: a port that belongs to the server`),
  ];
}
