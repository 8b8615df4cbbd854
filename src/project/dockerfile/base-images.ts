import { type Flag, type Instruction, readInstructions } from "./instructions.ts";
import type { Stage } from "./stages.ts";

/**
 * Images that the build of the last stage starts or copies from, in the order of the file, each once. Stages it
 * doesn't need are not built, so their images are not asked for; `scratch` is no image.
 */
export function baseImages(stages: readonly Stage[]): string[] {
  const named = stagesByName(stages);
  const needed = neededStages(stages, named);
  return imagesOf(
    stages.filter((stage) => needed.has(stage)),
    named,
  );
}

/** The same of the builds of all stages, whichever is asked for. */
export function imagesOfAllStages(stages: readonly Stage[]): string[] {
  return imagesOf(stages, stagesByName(stages));
}

/** Images that ONBUILD copies from, once something is built on a stage: here, or from the image. */
export function triggerImages(stages: readonly Stage[]): string[] {
  const named = stagesByName(stages);
  return stages.flatMap(triggerSources).filter((source) => named(source) === null);
}

/** Only the docker CLI's session can give a build secrets or an SSH agent. */
export function mountsFromClient({ keyword, flags }: Instruction): boolean {
  return (
    keyword === "RUN" && mounts(flags).some((mount) => /^(?:secret|ssh)$|\$/.test(mount.type ?? ""))
  );
}

type StageByName = (name: string) => Stage | null;

/** By its name or its number, in any way that Go reads one. Of several of one name BuildKit takes the last, wherever it is asked for. */
function stagesByName(stages: readonly Stage[]): StageByName {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  return (name) =>
    (/^[+-]?\d+$/.test(name) ? stages[Number(name)] : byName.get(name.toLowerCase())) ?? null;
}

function imagesOf(stages: readonly Stage[], named: StageByName): string[] {
  const images = stages.flatMap((stage) => {
    const from = stage.parent === null ? [stage.base] : [];
    return from.concat(sources(stage).filter((source) => named(source) === null));
  });
  // BuildKit puts no variables into --from; it will say so.
  return [...new Set(images)].filter((image) => image !== "scratch" && !image.includes("$"));
}

function neededStages(stages: readonly Stage[], named: StageByName): Set<Stage> {
  const needed = new Set<Stage>();
  const open = stages.slice(-1);
  for (let stage = open.pop(); stage !== undefined; stage = open.pop()) {
    if (needed.has(stage)) {
      continue;
    }
    needed.add(stage);
    if (stage.parent !== null) {
      open.push(stage.parent);
    }
    for (const source of [...sources(stage), ...triggerSources(stage)]) {
      const other = named(source);
      if (other !== null) {
        open.push(other);
      }
    }
  }
  return needed;
}

/** What COPY and RUN name as the place to take files from. */
function sources({ instructions }: Stage): string[] {
  return instructions.flatMap(sourcesOf);
}

/** The same of ONBUILD, for what is built on the stage. */
function triggerSources({ instructions }: Stage): string[] {
  return instructions
    .filter(({ keyword }) => keyword === "ONBUILD")
    .flatMap(({ text }) => readInstructions(text).instructions)
    .flatMap(sourcesOf);
}

function sourcesOf({ keyword, flags }: Instruction): string[] {
  if (keyword === "COPY") {
    return flags.filter((flag) => flag.name === "from").map((flag) => flag.value);
  }
  return keyword === "RUN" ? mounts(flags).flatMap((mount) => mount.from ?? []) : [];
}

function mounts(flags: readonly Flag[]): { type?: string; from?: string }[] {
  return flags
    .filter((flag) => flag.name === "mount")
    .map((flag) => Object.fromEntries(fields(flag.value).map(option)));
}

/** BuildKit reads the flag as a line of CSV: `"from=shop",target=/x` */
function fields(value: string): string[] {
  return [...value.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare = ""]) => quoted?.replaceAll('""', '"') ?? bare,
  );
}

function option(text: string): [string, string] {
  const equals = text.indexOf("=");
  return equals === -1
    ? [text.toLowerCase(), ""]
    : [text.slice(0, equals).toLowerCase(), text.slice(equals + 1)];
}
