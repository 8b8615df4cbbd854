import { type Flag, type Instruction, readInstructions } from "./instructions.ts";
import type { Stage } from "./stages.ts";

/**
 * Images that the build of the last stage starts or copies from, in the order of the file, each once. Stages it
 * doesn't need are not built, so their images are not asked for; `scratch` is no image.
 */
export function baseImages(stages: readonly Stage[]): string[] {
  const needed = neededStages(stages);
  const images = stages.flatMap((stage) => {
    if (!needed.has(stage)) {
      return [];
    }
    const from = stage.parent === null ? [stage.base] : [];
    return from.concat(sources(stage).filter((source) => stageNamed(stages, source) === null));
  });
  // BuildKit puts no variables into --from; it will say so.
  return [...new Set(images)].filter((image) => image !== "scratch" && !image.includes("$"));
}

/** Images that ONBUILD copies from, once something is built on a stage: here, or from the image. */
export function triggerImages(stages: readonly Stage[]): string[] {
  const triggers = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword }) => keyword === "ONBUILD")
    .flatMap(({ text }) => readInstructions(text).instructions);
  return triggers.flatMap(sourcesOf).filter((source) => stageNamed(stages, source) === null);
}

/** Only the docker CLI's session can give a build secrets or an SSH agent. */
export function mountsFromClient({ keyword, flags }: Instruction): boolean {
  return (
    keyword === "RUN" && mounts(flags).some((mount) => /^(?:secret|ssh)$|\$/.test(mount.type ?? ""))
  );
}

function neededStages(stages: readonly Stage[]): Set<Stage> {
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
    for (const source of sources(stage)) {
      const other = stageNamed(stages, source);
      if (other !== null) {
        open.push(other);
      }
    }
  }
  return needed;
}

function stageNamed(stages: readonly Stage[], name: string): Stage | null {
  const stage = /^\d+$/.test(name)
    ? stages[Number(name)]
    : stages.find((each) => each.name === name.toLowerCase());
  return stage ?? null;
}

/** What COPY and RUN name as the place to take files from. */
function sources({ instructions }: Stage): string[] {
  return instructions.flatMap(sourcesOf);
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
