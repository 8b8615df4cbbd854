import { expect, it } from "vitest";
import { withImages } from "../../src/project/compose/with-images.ts";
import { bind, type Literal, read, tree } from "../project/compose/read-literal.ts";
import { refusal } from "../project/reading.ts";
import { processorClock } from "../support/processor-time.ts";

/* Parts of a compose file that refer to one another, as often as a file has room for. */

const image = "a";
const list = <Part>(count: number, part: (at: number) => Part) =>
  Array.from({ length: count }, (_, at) => part(at));
const many = (count: number, called: string, part: (at: number) => unknown): Literal =>
  Object.fromEntries(list(count, (at) => [`${called}${at}`, part(at)]));

/** Processor time in milliseconds. */
function took(work: () => unknown): number {
  const spentMs = processorClock();
  work();
  return spentMs();
}

it("services that take one another's volumes in all ways are read at once", () => {
  const lent = { type: "volume", source: "data", target: "/data" };
  const ways = (lender: string) => [`${lender}:ro`, lender, `${lender}:rw`];
  const services = many(200, "s", (at) =>
    at === 0 ? { image, volumes: [lent] } : { image, volumes_from: ways(`s${at - 1}`) },
  );
  const file = { services, volumes: { data: {} } };
  expect(took(() => read(file))).toBeLessThan(1000);
  const { definition } = read(file);
  expect(definition.services["s199"]?.["volumes"]).toEqual([{ ...lent, read_only: true }]);
});

it("what services take from one another has a limit", () => {
  const file = {
    services: many(200, "s", (at) => ({
      image,
      volumes: list(5, (each) => bind(`d/${at}-${each}`, `/d/${at}-${each}`)),
      volumes_from: at === 0 ? [] : [`s${at - 1}`],
    })),
  };
  const spentMs = processorClock();
  expect(refusal(() => read(file))).toContain("compose.yaml has more than 10000 mounts");
  expect(spentMs()).toBeLessThan(1000);
});

const everywhere = many(50, "n", () => null);

it("names of all services on all networks are found at once", () => {
  const file = (name: (at: number) => string) => ({
    services: many(200, "s", (at) => ({
      image,
      container_name: name(at),
      networks: everywhere,
      links: [`s${(at + 1) % 200}`],
    })),
    networks: everywhere,
  });
  expect(took(() => read(file((at) => `c${at}`)))).toBeLessThan(1000);
});

it("links by many names are found at once, and have a limit", () => {
  const file = (links: number) => ({
    services: {
      web: { image, networks: { n0: null }, links: list(links, (at) => `db:d${at}`) },
      db: { image, networks: { n0: null } },
    },
    networks: { n0: null },
  });
  expect(took(() => read(file(10_000)))).toBeLessThan(1000);
  expect(took(() => refusal(() => read(file(100_000))))).toBeLessThan(1000);
  expect(refusal(() => read(file(10_001)))).toContain("compose.yaml gives more than 10000 names");
});

const secretsOf = (count: number) => ({
  services: { web: { image, secrets: list(count, (at) => ({ source: `s${at}` })) } },
  secrets: many(count, "s", (at) => ({ content: String(at) })),
});

it("secrets that containers have are found at once, and have a limit", () => {
  expect(took(() => read(secretsOf(1000)))).toBeLessThan(1000);
  expect(took(() => refusal(() => read(secretsOf(30_000))))).toBeLessThan(1000);
  expect(refusal(() => read(secretsOf(1001)))).toContain(
    "compose.yaml has 1001 secrets, configs and volumes that are folders, and an app can have 1000.",
  );
});

it("volumes that are folders have a limit", () => {
  const file = (count: number) => ({
    services: { web: { image } },
    volumes: many(count, "v", (at) => ({ driver_opts: { o: "bind", device: `${tree}/d${at}` } })),
  });
  expect(read(file(1000)).mounts).toHaveLength(1000);
  expect(took(() => refusal(() => read(file(30_000))))).toBeLessThan(1000);
  expect(refusal(() => read(file(1001)))).toContain("compose.yaml has 1001 secrets");
});

const volume = (target: string) => ({ type: "volume", source: "data", target });

it("VOLUMEs of an image are compared with many mounts at once", () => {
  const paths = list(5_000, (at) => `/x${at}`);
  const file = read({
    services: {
      web: { image },
      worker: { build: { context: tree }, volumes: list(1_000, (at) => volume(`/v${at}`)) },
    },
    volumes: { data: {} },
    "x-goku": { web: "web:80" },
  });
  const images = {
    web: { id: "1", ports: [], volumes: [] },
    worker: { id: "2", ports: [], volumes: paths },
  };
  expect(took(() => withImages(file, images))).toBeLessThan(1000);
});

it("slashes of a tmpfs are read at once", () => {
  const path = `${"/".repeat(200_000)}x`;
  const file = read({ services: { web: { image, tmpfs: [path] } } });
  const images = { web: { id: "1", ports: [], volumes: ["/v"] } };
  expect(took(() => withImages(file, images))).toBeLessThan(1000);
});
