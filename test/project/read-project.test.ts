import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { projectFiles } from "../../src/project/project-files.ts";
import { composeFile, readProject } from "../../src/project/read-project.ts";
import { feature, main, readLines, refusal } from "./reading.ts";

const files = (entries: Record<string, string>) => new Map(Object.entries(entries));
const small = "FROM scratch\nEXPOSE 8080\n";

test("asks for everything it may read, compose files in their order", () => {
  expect(projectFiles()).toEqual([
    "Dockerfile",
    "Dockerfile.dockerignore",
    ".dockerignore",
    "CNAME",
    ".gitmodules",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
  ]);
});

test("a small Dockerfile is a whole project", () => {
  expect(readProject(files({ Dockerfile: small }), main)).toEqual({
    kind: "dockerfile",
    dockerfile: "Dockerfile",
    port: 8080,
    exposed: [8080],
    baseImages: [],
    needsCli: false,
    ignore: null,
    submodules: false,
    domains: [],
    hostname: null,
    release: null,
    addName: false,
    volumesFrom: false,
    mounts: [],
    volumes: [],
    published: [],
    links: [],
    buildArgs: [],
    buildSecrets: [],
    notes: [],
  });
});

test("an empty tree is told what was looked for and what to add", () => {
  const text = refusal(() => readProject(files({ CNAME: "x.org" }), main));
  expect(text).toContain("the tree has no Dockerfile and no compose.yaml at its top");
  expect(text).toContain("Add a Dockerfile");
});

test("of several compose files pgo's order decides, whatever else there is", () => {
  const names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
  const found = names.map((_, index) =>
    composeFile(
      new Map([["Dockerfile", small], ...names.slice(index).map((name) => [name, ""] as const)]),
    ),
  );
  expect(found).toEqual(names);
  expect(composeFile(files({ Dockerfile: small }))).toBeNull();
});

test("the Dockerfile's own ignore file wins, even when it is empty", () => {
  const both = { Dockerfile: small, ".dockerignore": "a\n", "Dockerfile.dockerignore": "" };
  expect(readProject(files(both), main).ignore).toBe("");
  expect(readProject(files({ Dockerfile: small, ".dockerignore": "a\n" }), main).ignore).toBe(
    "a\n",
  );
});

test("submodules count when .gitmodules names one", () => {
  const named = '[submodule "theme"]\n\tpath = theme\n\turl = ../theme.git\n';
  const read = (text: string) =>
    readProject(files({ Dockerfile: small, ".gitmodules": text }), main).submodules;
  expect(read(named)).toBe(true);
  expect(read("")).toBe(false);
});

test("CNAME counts on the default branch only, and elsewhere it says so", () => {
  const tree = files({ Dockerfile: small, CNAME: "www.example.org\n" });
  expect(readProject(tree, main)).toMatchObject({
    domains: ["www.example.org"],
    hostname: "www.example.org",
    notes: [],
  });
  expect(readProject(tree, feature)).toMatchObject({
    domains: [],
    hostname: null,
    notes: [expect.stringContaining("CNAME counts on the default branch only")],
  });
});

test("a broken CNAME does not matter where it does not count", () => {
  const tree = files({ Dockerfile: small, CNAME: "no domain" });
  expect(readProject(tree, feature).domains).toEqual([]);
  expect(refusal(() => readProject(tree, main))).toContain("CNAME line 1");
});

test("a byte order mark and CRLF change nothing", () => {
  const dos = `\uFEFF# NO_HTTP_PROXY\r\nFROM scratch\r\nEXPOSE 80 \\\r\n  81\r\n# RELEASE ./migrate\r\n`;
  const tree = files({ Dockerfile: dos, CNAME: "\uFEFFa.org\r\nb.org" });
  expect(readProject(tree, main)).toMatchObject({
    exposed: [80, 81],
    port: null,
    release: "./migrate",
    domains: ["a.org", "b.org"],
    hostname: "b.org",
  });
});

test("NO_HTTP_PROXY leaves the ports known and gives none to the router", () => {
  expect(readLines("# NO_HTTP_PROXY", "FROM scratch", "EXPOSE 80")).toMatchObject({
    port: null,
    exposed: [80],
    notes: [],
  });
});

test("a choice between several ports is said", () => {
  expect(readLines("FROM scratch", "EXPOSE 3000 9090")).toMatchObject({
    port: 3000,
    exposed: [3000, 9090],
    notes: ["3000 of 3000, 9090 answers HTTP; the first EXPOSE counts."],
  });
  expect(readLines("FROM scratch", "EXPOSE 3000-3002").notes).toEqual([
    "3000 of 3000-3002 answers HTTP; the first EXPOSE counts.",
  ]);
});

test("without a port it says what that means", () => {
  const project = readLines("FROM nginx");
  expect(project.port).toBeNull();
  expect(project.notes).toEqual([expect.stringContaining("EXPOSE 8080")]);
});

test("a config var reaches a port only through BUILD_ARG", () => {
  const dockerfile = "FROM scratch\nARG PORT=80\nEXPOSE $PORT\n";
  const read = (text: string) =>
    readProject(files({ Dockerfile: text }), main, { PORT: "90" }).port;
  expect(read(dockerfile)).toBe(80);
  expect(read(`# BUILD_ARG PORT\n${dockerfile}`)).toBe(90);
});

test("a build secret needs the CLI", () => {
  const read = (...lines: string[]) => readLines("FROM scratch", ...lines).needsCli;
  expect(read()).toBe(false);
  expect(read("# BUILD_SECRET NPM_TOKEN")).toBe(true);
});

test("a file too long to read in passing is refused, not chewed on", () => {
  const long = `FROM scratch\n${"# x\n".repeat(40_000)}`;
  expect(refusal(() => readProject(files({ Dockerfile: long }), main))).toContain("128 KiB");
});

test("any Dockerfile is read or refused in words", () => {
  const words =
    "FROM ,RUN ,EXPOSE ,ENV ,ARG ,COPY ,ONBUILD , AS b,# syntax=,# escape=`\n,--mount=,type=,secret,--from=," +
    "\\\n,\r\n,\n,\t,#,`,<<EOF,<<-E,EOF,E,$,${,},:-,\",',=,80,A,/udp,-,[,],\u00A0,é,/,# RELEASE ,# BUILD_ARG ";
  const piece = fc.constantFrom(",", ...words.split(","));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        const project = readProject(files({ Dockerfile: `FROM b\n${pieces.join("")}` }), main);
        expect(project.exposed.every((port) => port > 0 && port < 65_536)).toBe(true);
        expect(project.baseImages.length).toBeGreaterThan(0);
      } catch (error) {
        if (!isGokuError(error)) {
          throw error;
        }
        expect(error.message).toMatch(/^Dockerfile line \d+: [^\n]+$/);
      }
    }),
    { numRuns: 3000 },
  );
});
