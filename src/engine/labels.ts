/** Docker's labels say what runs. Names are only for people. */
export const label = {
  instance: "goku.instance",
  app: "goku.app",
  release: "goku.release",
  index: "goku.index",
  /** What is no replica says what it is. */
  role: "goku.role",
  /** A namespace that any replica without wishes of its own can join. */
  generic: "goku.generic",
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

/** A replica, as its labels have it; null for everything else, compose services and one-off commands included. */
export function readReplica(labels: Labels) {
  const { [label.app]: app, [label.release]: release, [label.index]: index } = labels;
  if (app === undefined || release === undefined || labels[label.role] !== undefined) {
    return null;
  }
  return { app, version: Number(release), index: Number(index ?? 1) };
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
