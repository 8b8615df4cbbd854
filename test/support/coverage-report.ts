import { readFile } from "node:fs/promises";
import { relative } from "node:path";

/*
 * What no test has run: lines of src/ on which a statement begins (the first report knows them) and that neither the
 * tests' own processes nor the daemons they started (the second) came by. Both are istanbul's coverage-final.json.
 */

interface Location {
  readonly start: { readonly line: number };
  readonly end: { readonly line: number };
}

interface FileCoverage {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, Location>>;
  readonly s: Readonly<Record<string, number>>;
}

interface Lines {
  readonly all: Set<number>;
  readonly run: Set<number>;
}

const [inTests = [], inDaemons = []] = await Promise.all(process.argv.slice(2).map(readReport));
const known = inTests.map((file) => [nameOf(file), linesOf(file)] as const);
// Files of types alone have nothing to run.
const files = new Map(known.filter(([, { all }]) => all.size > 0));
for (const file of inDaemons) {
  linesOf(file).run.forEach((line) => files.get(nameOf(file))?.run.add(line));
}
tellFolders();
tellGaps();

async function readReport(path: string): Promise<FileCoverage[]> {
  const report: Record<string, FileCoverage> = JSON.parse(await readFile(path, "utf8"));
  return Object.values(report);
}

function nameOf({ path }: FileCoverage): string {
  return relative(process.cwd(), path);
}

function linesOf({ statementMap, s }: FileCoverage): Lines {
  const statements = Object.entries(statementMap);
  return {
    all: new Set(statements.map(([, { start }]) => start.line)),
    run: new Set(statements.filter(([id]) => (s[id] ?? 0) > 0).map(([, { start }]) => start.line)),
  };
}

function missed({ all, run }: Lines): number[] {
  return [...all].filter((line) => !run.has(line)).toSorted((a, b) => a - b);
}

function tellFolders(): void {
  const folders = new Map<string, { all: number; missing: number }>();
  for (const [name, lines] of files) {
    for (const folder of ["src", name.split("/").slice(0, 2).join("/")]) {
      const sum = folders.get(folder) ?? { all: 0, missing: 0 };
      const missing = sum.missing + missed(lines).length;
      folders.set(folder, { all: sum.all + lines.all.size, missing });
    }
  }
  for (const [folder, { all, missing }] of [...folders].toSorted(([a], [b]) =>
    a.localeCompare(b),
  )) {
    const share = (100 * (1 - missing / all)).toFixed(1).padStart(5);
    console.log(`${share} % of ${String(all).padStart(5)} lines  ${folder}`);
  }
}

function tellGaps(): void {
  console.log("\nNot run:");
  for (const [name, lines] of [...files].toSorted(([a], [b]) => a.localeCompare(b))) {
    const gaps = missed(lines);
    if (gaps.length > 0) {
      console.log(`  ${name}: ${gaps.join(", ")}`);
    }
  }
}
