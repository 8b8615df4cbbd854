import { describe, expect, it } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { bind, type Literal, port, read } from "../project/compose/read-literal.ts";
import { refusal } from "../project/reading.ts";

/* Compose files as large as they may be: what compares each part with all would keep the daemon from everybody else. */

function many(count: number, part: (at: number) => unknown): Literal {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, part(at)]));
}

const list = (count: number, part: (at: number) => unknown) =>
  Array.from({ length: count }, (_, at) => part(at));

const image = "a";
const volume = (at: number) => ({ type: "volume", source: `v${at}`, target: `/v${at}` });
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
  configs: {
    ...one({ configs: list(5_000, (at) => ({ source: `s${at}`, target: `/s${at}` })) }),
    configs: many(5_000, (at) => ({ content: String(at) })),
  },
};

describe("a compose file with as many as there may be", () => {
  it.each(Object.entries(largest))("%s is read or refused at once", (_what, model) => {
    const began = process.cpuUsage();
    try {
      read(model);
    } catch (error) {
      if (!isGokuError(error)) {
        throw error;
      }
    }
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2000);
  });

  it("is refused with one more", () => {
    expect(refusal(() => read({ services: many(201, () => ({ image })) }))).toContain(
      "compose.yaml has 201 services, and an app can have 200.",
    );
    expect(refusal(() => read(one({ volumes: list(1001, volume) })))).toContain(
      "compose.yaml has 1001 mounts, and an app can have 1000.",
    );
  });
});
