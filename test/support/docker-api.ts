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
});

const networksSchema = z.array(z.object({ Name: z.string() }));

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
  const filters = JSON.stringify({ label: [`goku.instance=${instance}`] });
  const answer = await ask(`/containers/json?all=1&filters=${encodeURIComponent(filters)}`);
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
}

/** Null for one that has gone. */
export async function inspect(id: string): Promise<Inspected | null> {
  const answer = inspectedSchema.safeParse(await ask(`/containers/${id}/json`));
  if (!answer.success) {
    return null;
  }
  const { Config, HostConfig } = answer.data;
  return {
    definition: [...(Config.Cmd ?? []), ...(Config.Env ?? [])].join("\n"),
    restarts: HostConfig.RestartPolicy.Name,
  };
}

export async function networksOf(instance: string): Promise<string[]> {
  const filters = JSON.stringify({ label: [`goku.instance=${instance}`] });
  const answer = await ask(`/networks?filters=${encodeURIComponent(filters)}`);
  return networksSchema
    .parse(answer)
    .map(({ Name }) => Name)
    .sort();
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
