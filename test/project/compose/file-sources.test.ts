import { expect, test } from "vitest";
import { buildSecrets, inlineFiles } from "../../../src/project/compose/read-compose.ts";
import { refusal } from "../reading.ts";
import { facts, inputOf, type Literal, read, services, tree } from "./read-literal.ts";

const using = (secrets: Literal, more: Literal = {}) =>
  services(
    {
      web: { secrets: Object.keys(secrets).map((source) => ({ source, target: `/s/${source}` })) },
    },
    { secrets, ...more },
  );

test("a file of the tree comes from a place named by its content", () => {
  const file = using({ key: { file: `${tree}/key.txt` } });
  const project = read(file, { facts: facts({ "key.txt": "file" }) });
  expect(project.definition.secrets).toEqual({ key: { file: "/goku/content/hash-of-key.txt" } });
  expect(project.mounts).toMatchObject([{ path: "key.txt", kind: "content", form: "file" }]);
});

test("a file of the server stays where it is, for the policy to speak of", () => {
  const file = using({ key: { file: "/etc/key" } });
  expect(read(file).definition.secrets).toEqual({ key: { file: "/etc/key" } });
});

const hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

test("a text and a config var become files, named by what is in them", () => {
  const file = using({ a: { content: "foo" }, b: { environment: "KEY" }, c: { content: "f$$oo" } });
  const input = inputOf(file, { vars: { KEY: "foo" } });
  expect(inlineFiles(input)).toMatchObject([
    { source: `/goku/content/${hash}`, hash, text: "foo" },
    { text: "f$oo" },
  ]);
  const { secrets } = read(file, { vars: { KEY: "foo" } }).definition;
  expect(secrets["a"]).toEqual({ file: `/goku/content/${hash}` });
  expect(secrets["b"]).toEqual(secrets["a"]);
  expect(JSON.stringify(secrets)).not.toContain("foo");
});

test("what only a build uses is no file of a container", () => {
  const file = services({ web: {} }, { secrets: { npm: { environment: "NPM_TOKEN" } } });
  expect(inlineFiles(inputOf(file))).toEqual([]);
  expect(read(file).definition.secrets).toEqual({});
});

test("what a build takes from a config var is a file, and has to be set", () => {
  const build = { context: tree, secrets: [{ source: "npm" }, { source: "key" }] };
  const secrets = { npm: { environment: "NPM_TOKEN" }, key: { file: `${tree}/key.txt` } };
  const file = services({ web: { build } }, { secrets });
  expect(buildSecrets(inputOf(file, { vars: { NPM_TOKEN: "foo" } }))).toEqual([
    { name: "npm", source: `/goku/content/${hash}`, hash, text: "foo" },
  ]);
  expect(refusal(() => buildSecrets(inputOf(file)))).toContain('the config var "NPM_TOKEN"');
});

test.each([
  [{ environment: "KEY" }, 'the config var "KEY", which is not set', "octo config:set blog/KEY -"],
  [{ file: `${tree}/key.txt` }, '"key.txt", which is not in the tree', "environment: API_KEY"],
  [{ external: true, name: "x" }, "only Docker Swarm", "environment: API_KEY"],
])("%j is refused where it cannot be had", (part, problem, fix) => {
  const text = refusal(() => read(using({ "api-key": part })));
  expect(text).toContain("secret api-key");
  expect(text).toContain(problem);
  expect(text).toContain(fix);
});

test("an empty config var is one", () => {
  const file = using({ a: { environment: "KEY" } });
  expect(inlineFiles(inputOf(file, { vars: { KEY: "" } }))[0]?.text).toBe("");
});

test("texts are mounts of the project, so that they are looked after like the others", () => {
  const { mounts, definition } = read(using({ a: { content: "foo" } }));
  expect(mounts).toEqual([
    { path: "", kind: "content", form: "file", hash, source: definition.secrets["a"]?.["file"] },
  ]);
});
