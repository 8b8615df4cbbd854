import { isRepositoryName, toLabel } from "../../src/app.ts";
import { readCname } from "../../src/project/cname.ts";
import { readLink } from "../../src/project/magic/magic-readers.ts";
import { mustBeDeployable } from "../../src/receiver/branch-rules.ts";
import { isDomain } from "../../src/route.ts";
import { table } from "../../src/settings/table.ts";
import { isVarKey } from "../../src/var.ts";
import { holderName, rightsFields } from "../../src/web/verbs/rights.ts";
import { characters, count, fixed, greatest, type Section } from "./limit.ts";

const name = (length: number) => "a".repeat(length);

/** Of this length, with parts that are not too long themselves. */
const inParts = (length: number, separator: string) =>
  Array.from({ length }, (_, at) => (at % 50 === 49 && at < length - 1 ? separator : "a")).join("");

function passes(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

const isHostname = (domain: string) => {
  let hostname: string | null = null;
  return passes(() => ({ hostname } = readCname(domain))) && hostname !== null;
};

const isBranch = (branch: string) => passes(() => mustBeDeployable("blog", branch));

function isLink(alias: string, container: string): boolean {
  const app = {
    id: "blog-main",
    name: "blog",
    repository: "blog",
    branch: "main",
    stopped: false,
  } as const;
  const words = [alias, container];
  return passes(() => readLink({ keyword: "LINK_SERVICE", line: 1, rest: "", words, app }));
}

export const names: Section = {
  title: "Names",
  limits: [
    fixed(
      "name of a repository",
      characters(greatest((n) => isRepositoryName(name(n)))),
      "refused",
    ),
    fixed(
      "name of a branch",
      `${count(greatest((n) => isBranch(inParts(n, "/"))))} bytes, ${greatest((n) => isBranch(name(n)))} between two \`/\``,
      "refused",
    ),
    fixed(
      "name of an app",
      characters(greatest((n) => toLabel(name(n)) === name(n))),
      "cut; a hash at its end keeps it apart from others",
    ),
    fixed(
      "domain",
      `${characters(greatest((n) => isDomain(inParts(n, "."))))}, ${greatest((n) => isDomain(`${name(n)}.org`))} between two dots`,
      "refused",
    ),
    fixed(
      "last domain of `CNAME`, to be the containers' `HOSTNAME`",
      characters(greatest((n) => isHostname(inParts(n, ".")))),
      "`HOSTNAME` is the id of the namespace container",
    ),
    fixed("name of a config var", characters(greatest((n) => isVarKey(name(n)))), "refused"),
    fixed(
      "name of a key or a token",
      characters(greatest((n) => holderName.safeParse(name(n)).success)),
      "refused",
    ),
    fixed(
      "pattern of `--app` and `--read`",
      characters(greatest((n) => rightsFields.deploy.safeParse([name(n)]).success)),
      "refused",
    ),
    fixed(
      "`# LINK_SERVICE`",
      `${characters(greatest((n) => isLink(name(n), "blog_redis")))} for the service, ${greatest((n) => isLink("redis", name(n)))} for the container`,
      "refused",
    ),
    fixed(
      "the setting `instance`",
      characters(greatest((n) => table.instance.schema.safeParse(name(n)).success)),
      "Goku does not start",
    ),
    fixed(
      "the setting `data`, a path",
      `${greatest((n) => table.data.schema.safeParse(`/${name(n - 1)}`).success)} bytes`,
      "Goku does not start",
    ),
  ],
};
