import { builtinModules } from "node:module";
import {
  commandOwners,
  emptyName,
  lists,
  longestFile,
  mayImport,
  mayImportTypes,
  sharedPackages,
  vendorOwners,
} from "./rules.ts";
import { type Import, importsOf, type Source, withoutComments } from "./source.ts";

/** Everything that breaks a rule: the file, then the rule, then what breaks it. */
export function violations(sources: readonly Source[]): string[] {
  return [
    ...sources.flatMap((source) =>
      [
        ...importsOf(source).flatMap((each) => wrongImport(source.path, each)),
        ...wrongText(source),
        ...wrongShape(source),
      ].map((problem) => `${source.path}: ${problem}`),
    ),
    ...cycles(sources).map(
      (cycle) => `${cycle[0]}: imports go round in a circle: ${cycle.join(" -> ")}`,
    ),
  ];
}

/** `src/engine/network/subnet.ts` is of the unit `engine`, `src/goku.ts` of `goku`, `src/app.ts` of `vocabulary`. */
function unitOf(path: string): string {
  const [, folder = "", ...below] = path.split("/");
  if (below.length > 0) {
    return folder;
  }
  return folder === "goku.ts" ? "goku" : "vocabulary";
}

function wrongImport(path: string, found: Import): string[] {
  const unit = unitOf(path);
  return found.isFile ? wrongArrow(unit, found) : wrongPackage(unit, found);
}

function wrongArrow(unit: string, { target, typeOnly }: Import): string[] {
  const other = unitOf(target);
  const allowed = mayImport[unit];
  if (allowed === undefined) {
    return [`src/${unit} has no place in the table of units (test/architecture/rules.ts)`];
  }
  const reachable = typeOnly ? allowed.concat(mayImportTypes[unit] ?? []) : allowed;
  if (unit === other || reachable.includes(other) || reachable.includes(target)) {
    return [];
  }
  const what = typeOnly ? "name types of" : "import";
  const list = reachable.length === 0 ? "nothing but its own" : reachable.join(", ");
  return [`dependencies point one way: ${unit} may ${what} ${list}, and not ${target}`];
}

function wrongPackage(unit: string, { target: name, typeOnly }: Import): string[] {
  const owners = vendorOwners[name];
  const builtin = builtinModules.includes(name);
  if (owners === undefined || (builtin && typeOnly)) {
    return builtin || sharedPackages.includes(name)
      ? []
      : [`every package has an owner in test/architecture/rules.ts, and ${name} has none`];
  }
  return owners.includes(unit)
    ? []
    : [`only ${owners.join(", ")} may know ${name}, and ${unit} imports it`];
}

function wrongText({ path, text }: Source): string[] {
  const unit = unitOf(path);
  const code = withoutComments(text);
  const problems: string[] = [];
  if (/^export default\b|\bas default\b|\bmodule\.exports\b/m.test(code)) {
    problems.push("nothing is exported as default");
  }
  if (unit !== "settings" && /\bprocess(?:\.env\b|\["env"\])|from "node:process"/.test(code)) {
    problems.push("only src/settings looks at process.env");
  }
  if (/\bclass \w*Manager\b/.test(code)) {
    problems.push("no class is called Manager: say what it does");
  }
  for (const [, program = ""] of code.matchAll(/\bfile: "([\w-]+)"/g)) {
    const owners = commandOwners[program];
    if (owners !== undefined && !owners.includes(unit)) {
      problems.push(`only ${owners.join(", ")} may run ${program}`);
    }
  }
  return problems;
}

function wrongShape({ path, text }: Source): string[] {
  const problems: string[] = [];
  const lines = text.trimEnd().split("\n").length;
  if (lines > longestFile && !lists.includes(path)) {
    problems.push(`no file is longer than ${longestFile} lines, and this one has ${lines}`);
  }
  if (emptyName.test(path)) {
    problems.push("a name says what is inside: no utils, helpers, common");
  }
  if (!/^[a-z0-9-]+(?:\/[a-z0-9-]+)*(?:\.test)?\.ts$/.test(path)) {
    problems.push("files are called in kebab-case");
  }
  return problems;
}

/** Each circle once, beginning at the file that comes first in the alphabet. */
function cycles(sources: readonly Source[]): string[][] {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).flatMap(({ isFile, target }) => (isFile ? [target] : [])),
    ]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      found.push([...trail.slice(at), path]);
    } else if (!done.has(path)) {
      for (const next of graph.get(path) ?? []) {
        visit(next, [...trail, path]);
      }
      done.add(path);
    }
  };
  for (const path of [...graph.keys()].toSorted()) {
    visit(path, []);
  }
  return found;
}
