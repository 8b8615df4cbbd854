import { expect, it } from "vitest";
import { bind, type Literal, read } from "../project/compose/read-literal.ts";
import { refusal } from "../project/reading.ts";

/* Parts of a compose file that refer to one another, as often as a file has room for. */

const image = "a";
const list = <Part>(count: number, part: (at: number) => Part) =>
  Array.from({ length: count }, (_, at) => part(at));
const many = (count: number, called: string, part: (at: number) => unknown): Literal =>
  Object.fromEntries(list(count, (at) => [`${called}${at}`, part(at)]));

/** Processor time in milliseconds. */
function took(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  return process.cpuUsage(began).user / 1000;
}

it("services that take one another's volumes in all ways are read at once", () => {
  const lent = { type: "volume", source: "data", target: "/data" };
  const ways = (lender: string) => [`${lender}:ro`, lender, `${lender}:rw`];
  const services = many(200, "s", (at) =>
    at === 0 ? { image, volumes: [lent] } : { image, volumes_from: ways(`s${at - 1}`) },
  );
  const file = { services, volumes: { data: {} } };
  expect(took(() => read(file))).toBeLessThan(500);
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
  const began = process.cpuUsage();
  expect(refusal(() => read(file))).toContain("compose.yaml has more than 10000 mounts");
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(1000);
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
  expect(took(() => read(file(10_000)))).toBeLessThan(500);
  expect(took(() => refusal(() => read(file(100_000))))).toBeLessThan(500);
  expect(refusal(() => read(file(10_001)))).toContain("compose.yaml gives more than 10000 names");
});
