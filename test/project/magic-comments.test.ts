import * as fc from "fast-check";
import { isIP } from "node:net";
import { expect, test } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { keywords } from "../../src/project/magic/magic-line.ts";
import { readProject } from "../../src/project/read-project.ts";
import { isVarKey } from "../../src/var.ts";
import { feature, main, readLines, refusal } from "./reading.ts";

const read = (...lines: string[]) => readLines("FROM scratch", "EXPOSE 80", ...lines);

test("every keyword means what octohost meant", () => {
  expect(
    read(
      "# ADD_NAME",
      "# VOLUMES_FROM",
      "# MOUNT_FROM_HOST /srv/media",
      "# MOUNT_FROM_HOST /etc/zone /etc/localtime",
      "# PORTS_FROM_HOST 2222 22",
      "# PORTS_FROM_HOST 5353 53 127.0.0.1",
      "# LINK_SERVICE redis",
      "# LINK_SERVICE db shared_postgres",
    ),
  ).toMatchObject({
    addName: true,
    volumesFrom: true,
    mounts: [
      { source: "/srv/media", target: "/srv/media" },
      { source: "/etc/zone", target: "/etc/localtime" },
    ],
    published: [
      { hostPort: 2222, containerPort: 22, hostAddress: "0.0.0.0" },
      { hostPort: 5353, containerPort: 53, hostAddress: "127.0.0.1" },
    ],
    links: [
      { alias: "redis", container: "blog_redis" },
      { alias: "db", container: "shared_postgres" },
    ],
    notes: [],
  });
});

test("build arguments, build secrets and the release command are named", () => {
  expect(
    read("# BUILD_ARG COMMIT", "# BUILD_ARG COMMIT", "# BUILD_SECRET NPM_TOKEN"),
  ).toMatchObject({ buildArgs: ["COMMIT"], buildSecrets: ["NPM_TOKEN"], release: null });
  expect(read('# RELEASE bin/migrate --to "latest one"').release).toBe(
    'bin/migrate --to "latest one"',
  );
});

test("a branch links to its own services", () => {
  const tree = new Map([["Dockerfile", "FROM scratch\n# LINK_SERVICE redis"]]);
  expect(readProject(tree, feature).links).toEqual([
    { alias: "redis", container: "blog-feature-x_redis" },
  ]);
});

test.each(["# no_http_proxy", "# No_Http_Proxy: a worker", "# NO_HTTP_PROXY because it polls"])(
  "%s counts",
  (line) => expect(read(line).port).toBeNull(),
);

test.each([
  "#NO_HTTP_PROXY",
  "#  NO_HTTP_PROXY",
  "#\tNO_HTTP_PROXY",
  " # NO_HTTP_PROXY",
  "# NO_HTTP_PROXYING",
  "# NO_HTTP_PROXY-ish",
  "# see NO_HTTP_PROXY",
  "## NO_HTTP_PROXY",
])("%j is a comment like any other", (line) => expect(read(line).port).toBe(80));

test("RELEASE is a word of plain English unless it shouts", () => {
  expect(read("# Release notes are in CHANGES.md", "# release").release).toBeNull();
});

test.each([
  ["# RELASE migrate", "# RELASE", "# RELEASE"],
  ["# RELAESE: migrate", "# RELAESE", "# RELEASE"],
  ["#RELEASE migrate", "#RELEASE", "# RELEASE"],
  ["# NO_HTTP_PROXI", "# NO_HTTP_PROXI", "# NO_HTTP_PROXY"],
  ["# NO-HTTP-PROXY", "# NO-HTTP-PROXY", "# NO_HTTP_PROXY"],
  ["# BUILD_ARGS COMMIT", "# BUILD_ARGS", "# BUILD_ARG"],
  ["# LINK_SERVICES redis", "# LINK_SERVICES", "# LINK_SERVICE"],
])("%s means nothing, and that is said", (line, written, meant) => {
  expect(read(line)).toMatchObject({
    release: null,
    notes: [`Dockerfile line 3: ${written} means nothing to Goku; did you mean ${meant}?`],
  });
});

test.each([
  "# PLEASE keep this",
  "# Relase notes: none",
  "# NOTE: RELASE",
  "# RELEASE migrate",
  "# REMOVE this",
  "# BUILD",
  "# NO_PROXY",
  "# ADD",
  "#",
])("%s is nobody's business", (line) => {
  expect(read(line).notes).toEqual([]);
});

test("a comment inside a heredoc is somebody else's", () => {
  const project = read("RUN <<EOF", "# NO_HTTP_PROXY", "EOF");
  expect(project.port).toBe(80);
  expect(project.notes).toEqual([]);
});

test("a comment inside a continued instruction does not count, and that is said", () => {
  const project = read("RUN a && \\", "# NO_HTTP_PROXY", "  b");
  expect(project.port).toBe(80);
  expect(project.notes).toEqual([
    "Dockerfile line 4: NO_HTTP_PROXY does not count inside another instruction; move it to a line of its own.",
  ]);
});

test("VOLUMES_FROM says when it does not take the name it was given", () => {
  expect(read("# VOLUMES_FROM blog_data").notes).toEqual([]);
  expect(read("# VOLUMES_FROM other_data").notes).toEqual([
    'Dockerfile line 3: VOLUMES_FROM takes the volumes of blog_data; "other_data" does not count.',
  ]);
});

test.each([
  ["# MOUNT_FROM_HOST", "1 to 2 words"],
  ["# MOUNT_FROM_HOST /a /b /c", "1 to 2 words"],
  ["# MOUNT_FROM_HOST data /data", '"data" does not begin with /'],
  ["# MOUNT_FROM_HOST /srv/../etc", "a path may not have"],
  ["# MOUNT_FROM_HOST /a:/b", "a path may not have"],
  ["# MOUNT_FROM_HOST /a /", "cannot be covered"],
  ["# MOUNT_FROM_HOST/a /b", '"/a" has to stand apart'],
  ["# PORTS_FROM_HOST 80", "2 to 3 words"],
  ["# PORTS_FROM_HOST 0 80", '"0" is not a port'],
  ["# PORTS_FROM_HOST 80 65536", '"65536" is not a port'],
  ["# PORTS_FROM_HOST 53 53/udp", '"53/udp" is not a port'],
  ["# PORTS_FROM_HOST 80 80 localhost", "not an IP address"],
  ["# LINK_SERVICE", "1 to 2 words"],
  ["# LINK_SERVICE re/dis", "cannot be a host name"],
  ["# LINK_SERVICE redis --privileged", "cannot be the name of a container"],
  ["# BUILD_ARG", "1 words"],
  ["# BUILD_ARG A=1", "cannot be the name of a config var"],
  ["# BUILD_ARG DOMAINS", "never given to a build"],
  ["# BUILD_SECRET A B", "1 words"],
  ["# RELEASE", "the command is missing"],
])("%s is refused with its line", (line, problem) => {
  const text = refusal(() => read(line));
  expect(text).toContain("Dockerfile line 3: ");
  expect(text).toContain(problem);
  expect(text).toContain("Write it as: # ");
});

test.each([
  [["# MOUNT_FROM_HOST /a /x", "# MOUNT_FROM_HOST /b /x/"], "/x is taken on line 3"],
  [["# PORTS_FROM_HOST 99 1", "# PORTS_FROM_HOST 99 2"], "port 99 of 0.0.0.0 is taken on line 3"],
  [["# LINK_SERVICE db", "# LINK_SERVICE DB other"], "db is taken on line 3"],
  [["# BUILD_ARG TOKEN", "# BUILD_SECRET TOKEN"], "TOKEN is a BUILD_ARG too"],
  [["# RELEASE a", "# RELEASE b"], "there is one already, on line 3"],
])("%j contradict each other", (lines, problem) => {
  const text = refusal(() => read(...lines));
  expect(text).toContain("Dockerfile line 4: ");
  expect(text).toContain(problem);
});

test("the same thing said twice is said once", () => {
  expect(read("# LINK_SERVICE db", "# LINK_SERVICE db").links).toHaveLength(1);
});

const word = fc.oneof(
  fc.constantFrom("/a", "/b/../c", "80", "0", "99999", "KEY", "DOMAINS", "::1", "10.0.0.1", "db"),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const comment = fc
  .tuple(
    fc.constantFrom("# ", "#", " # ", "#  "),
    fc.oneof(
      fc.constantFrom(...keywords),
      fc.constantFrom(...keywords).map((each) => each.toLowerCase()),
    ),
    fc.constantFrom("", " ", ": ", "\t"),
    fc.array(word, { maxLength: 4 }),
  )
  .map(([hash, keyword, gap, words]) => hash + keyword + gap + words.join(" "));
const other = fc.constantFrom("FROM scratch", "RUN x \\", "EXPOSE 80", "RUN <<E", "E", "");
const dockerfile = fc
  .tuple(fc.array(fc.oneof(comment, other)), fc.constantFrom("\n", "\r\n"))
  .map(([lines, end]) => ["FROM scratch", ...lines].join(end));

test("any comments are refused in words or give values that Docker can take", () => {
  let accepted = 0;
  fc.assert(
    fc.property(dockerfile, (text) => {
      try {
        const project = readProject(new Map([["Dockerfile", text]]), main);
        accepted += 1;
        for (const { source, target } of project.mounts) {
          expect(`${source} ${target}`).toMatch(/^\/\S* \/\S+$/u);
          expect(`${source}/${target}/`).not.toContain("/../");
        }
        for (const { hostPort, containerPort, hostAddress } of project.published) {
          expect(Math.min(hostPort, containerPort)).toBeGreaterThan(0);
          expect(Math.max(hostPort, containerPort)).toBeLessThan(65_536);
          expect(isIP(hostAddress)).not.toBe(0);
        }
        for (const { alias, container } of project.links) {
          expect(`${alias} ${container}`).toMatch(/^[\w.-]+ \w[\w.-]+$/);
        }
        expect([...project.buildArgs, ...project.buildSecrets].every(isVarKey)).toBe(true);
        expect(project.release).not.toBe("");
      } catch (error) {
        if (!isGokuError(error)) {
          throw error;
        }
        expect(error.message).toMatch(/^Dockerfile line \d+: [^\n]+$/);
      }
    }),
    { numRuns: 3000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
