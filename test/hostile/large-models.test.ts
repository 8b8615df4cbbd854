import { describe, expect, it } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { bind, type Literal, port, read, tree } from "../project/compose/read-literal.ts";
import { refusal } from "../project/reading.ts";
import { processorClock } from "../support/processor-time.ts";

/* Compose files as large as they may be: what compares each part with all would keep the daemon from everybody else. */

function many(count: number, part: (at: number) => unknown): Literal {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, part(at)]));
}

const list = (count: number, part: (at: number) => unknown) =>
  Array.from({ length: count }, (_, at) => part(at));

const image = "a";
const volume = (at: number) => ({ type: "volume", source: `v${at}`, target: `/v${at}` });
const dockerfile = (at: number, line: string) => {
  const text = `# ${at}\n${line.repeat((128 * 1024) / line.length - 2)}`;
  return { build: { context: tree, dockerfile_inline: text } };
};
const routed = (count: number, part: Literal) => ({
  services: { web: { image, ...part } },
  "x-goku": {
    web: "web",
    routes: Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`a${at}.example`, `web:${at + 1}`]),
    ),
  },
});
const one = (part: Literal) => ({ services: { one: { image, ...part } } });

const largest: Readonly<Record<string, Literal>> = {
  services: { services: many(200, () => ({ image })) },
  dependencies: {
    services: many(200, (at) => ({
      image,
      depends_on: many(at, () => ({ condition: "service_started" })),
    })),
  },
  "volumes of one another": {
    services: many(200, (at) => ({
      image,
      volumes: [volume(at)],
      volumes_from: at === 0 ? [] : [`s${at - 1}`],
    })),
  },
  "folders of the tree": one({ volumes: list(1000, (at) => bind(`d${at}`, `/d${at}`)) }),
  "folders of many services": {
    services: many(200, (at) => ({ image, volumes: list(5, (each) => bind(`${at}`, `/${each}`)) })),
  },
  volumes: one({ volumes: list(1000, volume) }),
  ports: one({ ports: list(60_000, (at) => port(at + 1, String(at + 1))) }),
  environment: one({ environment: many(50_000, () => "x") }),
  labels: one({ labels: many(50_000, () => "x") }),
  networks: { ...one({ networks: many(5_000, () => null) }), networks: many(5_000, () => ({})) },
  stages: { services: many(200, () => dockerfile(0, "FROM a\n")) },
  "stages of many files": { services: many(200, (at) => dockerfile(at, "FROM a\n")) },
  "stages that copy": {
    services: many(200, () => dockerfile(0, "FROM a AS x\nCOPY --from=x a b\n")),
  },
  "stages by their arguments": {
    services: many(200, (at) => {
      const { build } = dockerfile(0, "FROM a\n");
      return { build: { ...build, args: { AT: String(at) } } };
    }),
  },
  "stages by their targets": {
    services: many(200, (at) => {
      const stage = "FROM a AS a\nENV A=$B\nFROM a AS b\nENV A=$B\n";
      const { build } = dockerfile(0, stage);
      return { build: { ...build, target: `x${at}` } };
    }),
  },
  "images of many stages": {
    services: many(200, () => dockerfile(0, "FROM a\nCOPY --from=other-app:1 a b\n")),
  },
  domains: routed(1000, { ports: list(60_000, (at) => port(at + 1, String(at + 1))) }),
  configs: {
    ...one({ configs: list(5_000, (at) => ({ source: `s${at}`, target: `/s${at}` })) }),
    configs: many(5_000, (at) => ({ content: String(at) })),
  },
};

describe("a compose file with as many as there may be", () => {
  it.each(Object.entries(largest))("%s is read or refused at once", (_what, model) => {
    const spentMs = processorClock();
    try {
      read(model);
    } catch (error) {
      if (!isGokuError(error)) {
        throw error;
      }
    }
    expect(spentMs()).toBeLessThan(3000);
  });

  it("is refused with one more", () => {
    expect(refusal(() => read({ services: many(201, () => ({ image })) }))).toContain(
      "compose.yaml has 201 services, and an app can have 200.",
    );
    expect(refusal(() => read(routed(1001, {})))).toContain(
      "compose.yaml: x-goku: routes has 1001 domains, and an app can have 1000.",
    );
    expect(refusal(() => read(one({ volumes: list(1001, volume) })))).toContain(
      "compose.yaml has 1001 mounts, and an app can have 1000.",
    );
  });
});
