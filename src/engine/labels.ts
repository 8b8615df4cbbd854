/** Docker's labels say what runs. Names are only for people. */
export const label = {
  instance: "goku.instance",
  app: "goku.app",
  release: "goku.release",
  index: "goku.index",
  /** Of a compose service: what its containers are made from. */
  fingerprint: "goku.fingerprint",
  /** What is no replica says what it is. */
  role: "goku.role",
  /** A namespace that any replica without wishes of its own can join. */
  generic: "goku.generic",
  /** Of a volume: the release that it was made for. */
  origin: "goku.origin",
  /** Of a project's network: the subnet it was given, so that a container can be put on an address of it. */
  subnet: "goku.subnet",
} as const;

/** docker compose's own, by which it knows what belongs to a project. */
export const composeLabel = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneOff: "com.docker.compose.oneoff",
  network: "com.docker.compose.network",
  volume: "com.docker.compose.volume",
} as const;

export type Role = "namespace" | "run" | "network" | "links";

export type Labels = Readonly<Record<string, string>>;

/**
 * An image can have labels of any name, and its containers inherit them: what says whose a container is, and what it is, is
 * set on all that Goku makes, to nothing where there is nothing to say.
 */
export const blankLabels = {
  [label.app]: "",
  [label.release]: "",
  [label.index]: "",
  [label.fingerprint]: "",
  [label.role]: "",
  [label.generic]: "",
} as const;

/** For containers that docker compose has not made: by the labels of their image, they might count as a project's. */
export const notComposeLabels = { [composeLabel.oneOff]: "True" } as const;

export function replicaLabels(
  instance: string,
  replica: { readonly app: string; readonly version: number; readonly index: number },
) {
  return {
    [label.instance]: instance,
    [label.app]: replica.app,
    [label.release]: String(replica.version),
    [label.index]: String(replica.index),
  };
}

export function roleLabels(instance: string, role: Role, app: string | null = null) {
  return {
    [label.instance]: instance,
    [label.role]: role,
    ...(app === null ? {} : { [label.app]: app }),
  };
}

/** A replica, as its labels have it; null for everything else, services that are not routed and one-off commands included. */
export function readReplica(labels: Labels) {
  const [app, release] = [said(labels, label.app), said(labels, label.release)];
  if (app === null || release === null || said(labels, label.role) !== null) {
    return null;
  }
  const service = readService(labels)?.service ?? null;
  return { app, service, version: Number(release), index: Number(said(labels, label.index) ?? 1) };
}

/** A container of a compose project's service; null for everything else. */
export function readService(labels: Labels) {
  const app = said(labels, label.app);
  const fingerprint = said(labels, label.fingerprint);
  const service = said(labels, composeLabel.service);
  if (app === null || fingerprint === null || service === null || said(labels, label.role)) {
    return null;
  }
  const release = said(labels, label.release);
  const version = release === null ? null : Number(release);
  return { app, service, fingerprint, version, number: Number(labels[composeLabel.number] ?? 0) };
}

/** An empty label is none. */
export function said(labels: Labels, key: string): string | null {
  const value = labels[key] ?? "";
  return value === "" ? null : value;
}

export function isGeneric(labels: Labels): boolean {
  return labels[label.generic] === "true";
}

export function isNamespace(labels: Labels): boolean {
  return labels[label.role] === ("namespace" satisfies Role);
}

/** Filter of Docker's list calls: exactly these labels. */
export function withLabels(...labels: readonly Labels[]): { label: string[] } {
  return {
    label: labels.flatMap((each) => Object.entries(each).map(([key, value]) => `${key}=${value}`)),
  };
}
