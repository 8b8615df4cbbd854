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
  const { [label.app]: app, [label.release]: release, [label.index]: index } = labels;
  if (app === undefined || release === undefined || labels[label.role] !== undefined) {
    return null;
  }
  const service = readService(labels)?.service ?? null;
  return { app, service, version: Number(release), index: Number(index ?? 1) };
}

/** A container of a compose project's service; null for everything else. */
export function readService(labels: Labels) {
  const {
    [label.app]: app,
    [label.fingerprint]: fingerprint,
    [label.release]: release,
    [composeLabel.service]: service,
    [composeLabel.number]: number,
  } = labels;
  if (
    app === undefined ||
    fingerprint === undefined ||
    service === undefined ||
    labels[label.role] !== undefined
  ) {
    return null;
  }
  const version = release === undefined ? null : Number(release);
  return { app, service, fingerprint, version, number: Number(number ?? 0) };
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
