import { z } from "zod";
import { badProject } from "../../errors.ts";

/*
 * The parts of a compose model that Goku looks into, as `docker compose config --format json` (2.26) prints them: short
 * forms are long, paths absolute, `$` written as `$$`. What is not named here is kept as it is.
 */

const strings = z.array(z.string());
const map = z.record(z.string(), z.string().nullable());

const mount = z.looseObject({
  type: z.string(),
  source: z.string().optional(),
  target: z.string(),
  read_only: z.boolean().optional(),
});

const port = z.looseObject({
  mode: z.string().optional(),
  target: z.int(),
  /** One port or a range; absent for one that Docker chooses. */
  published: z.string().optional(),
  host_ip: z.string().optional(),
  protocol: z.string().optional(),
});

const fileUse = z.looseObject({ source: z.string(), target: z.string().optional() });

const build = z.looseObject({
  /** Absolute path, or a URL. */
  context: z.string().optional(),
  dockerfile: z.string().optional(),
  dockerfile_inline: z.string().optional(),
  additional_contexts: z.record(z.string(), z.string()).optional(),
  args: map.nullish(),
  target: z.string().optional(),
  secrets: z.array(fileUse).nullish(),
});

const service = z.looseObject({
  image: z.string().optional(),
  build: build.nullish(),
  container_name: z.string().optional(),
  environment: map.nullish(),
  labels: map.nullish(),
  depends_on: z
    .record(z.string(), z.looseObject({ condition: z.string(), required: z.boolean().optional() }))
    .nullish(),
  deploy: z
    .looseObject({
      labels: map.nullish(),
      replicas: z.int().optional(),
      restart_policy: z.looseObject({ condition: z.string().optional() }).nullish(),
    })
    .nullish(),
  scale: z.int().optional(),
  restart: z.string().optional(),
  network_mode: z.string().optional(),
  networks: z
    .record(z.string(), z.looseObject({ aliases: strings.nullish() }).nullable())
    .nullish(),
  ports: z.array(port).nullish(),
  expose: strings.nullish(),
  volumes: z.array(mount).nullish(),
  tmpfs: z.union([z.string(), strings]).nullish(),
  secrets: z.array(fileUse).nullish(),
  configs: z.array(fileUse).nullish(),
  /** `service` or `service:alias` */
  links: strings.nullish(),
  /** `service`, `service:ro` or `container:name:ro` */
  volumes_from: strings.nullish(),
  devices: z.array(z.unknown()).nullish(),
  mac_address: z.string().optional(),
});

const external = z.boolean().optional();

const volume = z.looseObject({
  name: z.string().optional(),
  external,
  driver: z.string().optional(),
  driver_opts: map.nullish(),
});

const network = z.looseObject({
  name: z.string().optional(),
  external,
  driver: z.string().optional(),
  driver_opts: map.nullish(),
});

/** A secret or a config: from a file, from a config var, or written out. */
const fileSource = z.looseObject({
  name: z.string().optional(),
  external,
  file: z.string().optional(),
  environment: z.string().optional(),
  content: z.string().optional(),
});

const model = z.looseObject({
  /** The project's. */
  name: z.string().optional(),
  services: z.record(z.string(), service).default({}),
  networks: z.record(z.string(), network.nullable()).nullish(),
  volumes: z.record(z.string(), volume.nullable()).nullish(),
  secrets: z.record(z.string(), fileSource.nullable()).nullish(),
  configs: z.record(z.string(), fileSource.nullable()).nullish(),
});

export type ComposeModel = z.infer<typeof model>;
export type ModelService = z.infer<typeof service>;
export type ModelMount = z.infer<typeof mount>;
export type ModelPort = z.infer<typeof port>;
export type ModelFileSource = z.infer<typeof fileSource>;

/** What is compared with each other, each one with all: more would keep the daemon from everybody else. */
export const mostInFile = { services: 200, mounts: 1000 } as const;

/** Objects drop it without a word, and with it a service, say. */
const lostKey = "__proto__";

/** @throws badProject for what docker compose printed and Goku does not understand, and for more than it reads */
export function readModel(printed: unknown, file: string): ComposeModel {
  if (hasKey(printed, lostKey)) {
    throw badProject(
      `${file} calls something ${lostKey}, which Goku takes for no name.`,
      "Give it another name.",
    );
  }
  const read = model.safeParse(printed);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw badProject(
      `${file} means something to docker compose that Goku does not understand: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
      "Write that part of the file in another way.",
    );
  }
  assertSize(read.data, file);
  return read.data;
}

function hasKey(value: unknown, key: string): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === "object" && next !== null) {
      if (Object.hasOwn(next, key)) {
        return true;
      }
      Object.values(next).forEach((each) => open.push(each));
    }
  }
  return false;
}

function assertSize({ services }: ComposeModel, file: string): void {
  const mounts = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
  const counts = { services: Object.keys(services).length, mounts: mounts.length };
  for (const what of ["services", "mounts"] as const) {
    if (counts[what] > mostInFile[what]) {
      throw badProject(
        `${file} has ${counts[what]} ${what}, and an app can have ${mostInFile[what]}.`,
        "Divide it among several repositories.",
      );
    }
  }
}
