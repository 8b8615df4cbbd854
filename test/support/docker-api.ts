import { get } from "node:http";
import { z } from "zod";

const listSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Labels: z.record(z.string(), z.string()),
    State: z.string(),
  }),
);

const inspectedSchema = z.object({
  Config: z.object({ Cmd: z.array(z.string()).nullable(), Env: z.array(z.string()).nullable() }),
  HostConfig: z.object({ RestartPolicy: z.object({ Name: z.string() }) }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ Aliases: z.array(z.string()).nullish() })),
  }),
});

const networksSchema = z.array(z.object({ Name: z.string() }));

const labelsSchema = z.record(z.string(), z.string()).nullable();
const imagesSchema = z.array(
  z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullable(), Labels: labelsSchema }),
);
const volumesSchema = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Labels: labelsSchema })).nullable(),
});

/** A container, as Docker's list has it. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
}

/** What a container is to Goku, by its labels. */
export function kindOf({ labels }: Listed): "namespace" | "service" | "replica" | "other" {
  if ((labels["goku.role"] ?? "") !== "") {
    return labels["goku.role"] === "namespace" ? "namespace" : "other";
  }
  return (labels["goku.fingerprint"] ?? "") === "" ? "replica" : "service";
}

/** Asked directly: `docker` takes longer to start than all answers together. */
export async function containersOf(instance: string): Promise<Listed[]> {
  const answer = await ask(`/containers/json?all=1&${ofInstance(instance)}`);
  return listSchema.parse(answer).map(({ Id, Names, Labels, State }) => ({
    id: Id,
    name: (Names[0] ?? "").slice(1),
    labels: Labels,
    state: State,
  }));
}

export interface Inspected {
  /** Its command and environment, as one text. */
  readonly definition: string;
  readonly restarts: string;
  /** What it is called on each of its networks. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
}

/** Null for one that has gone. */
export async function inspect(id: string): Promise<Inspected | null> {
  const answer = inspectedSchema.safeParse(await ask(`/containers/${id}/json`));
  if (!answer.success) {
    return null;
  }
  const { Config, HostConfig, NetworkSettings } = answer.data;
  const networks = Object.entries(NetworkSettings.Networks);
  return {
    definition: [...(Config.Cmd ?? []), ...(Config.Env ?? [])].join("\n"),
    restarts: HostConfig.RestartPolicy.Name,
    aliases: Object.fromEntries(networks.map(([name, { Aliases }]) => [name, Aliases ?? []])),
  };
}

export async function networksOf(instance: string): Promise<string[]> {
  return networksSchema
    .parse(await ask(`/networks?${ofInstance(instance)}`))
    .map(({ Name }) => Name)
    .sort();
}

/** An image or a volume, and the app whose it is; empty for nobody's. */
export interface Owned {
  readonly id: string;
  readonly name: string;
  readonly app: string;
}

export async function imagesOf(instance: string): Promise<Owned[]> {
  const images = imagesSchema.parse(await ask(`/images/json?${ofInstance(instance)}`));
  return images.map(({ Id, RepoTags, Labels }) => ({
    id: Id,
    name: RepoTags?.[0] ?? Id,
    app: Labels?.["goku.app"] ?? "",
  }));
}

export async function volumesOf(instance: string): Promise<Owned[]> {
  const { Volumes } = volumesSchema.parse(await ask(`/volumes?${ofInstance(instance)}`));
  return (Volumes ?? []).map(({ Name, Labels }) => ({
    id: Name,
    name: Name,
    app: Labels?.["goku.app"] ?? "",
  }));
}

function ofInstance(instance: string): string {
  const filters = JSON.stringify({ label: [`goku.instance=${instance}`] });
  return `filters=${encodeURIComponent(filters)}`;
}

function ask(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath: "/var/run/docker.sock", path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("error", reject);
      response.once("end", () => resolve(JSON.parse(text)));
    });
    request.once("error", reject);
  });
}
