import type { Finding } from "../../service.ts";
import { hostPathFindings } from "./findings-mounts.ts";
import type { NameProblem } from "./findings-names.ts";
import type { Paths } from "./findings-paths.ts";
import { isSet, type Loose, shown } from "./findings-values.ts";
import { deviceOf } from "./host-paths.ts";
import type { ComposeModel } from "./model.ts";

type ModelVolume = NonNullable<NonNullable<ComposeModel["volumes"]>[string]>;

/** Volumes that are somebody else's, or a place of the server. */
export function volumeFindings(
  model: ComposeModel,
  nameProblem: NameProblem,
  paths: Paths,
): Finding[] {
  return Object.entries(model.volumes ?? {}).flatMap(([key, volume]) =>
    volume === null ? [] : ofVolume(key, volume, nameProblem, paths),
  );
}

function ofVolume(
  key: string,
  volume: ModelVolume,
  nameProblem: NameProblem,
  paths: Paths,
): Finding[] {
  const { name, external = false, driver = "" } = volume;
  const who = `volume ${key}`;
  if (external) {
    return [{ kind: "volumes", text: `${who} is external: ${shown(name ?? key)}` }];
  }
  const problem = name === undefined ? null : nameProblem(name, key);
  return [
    ...(problem === null
      ? []
      : [{ kind: "volumes", text: `${who} is called ${shown(name)}, ${problem}` } as const]),
    ...(/^(?:|local)$/.test(driver)
      ? []
      : [{ kind: "host-mounts", text: `${who} sets driver: ${shown(driver)}` } as const]),
    ...ofOptions(who, volume, paths),
  ];
}

function ofOptions(who: string, volume: ModelVolume, paths: Paths): Finding[] {
  const options = volume.driver_opts ?? {};
  const device = deviceOf(volume);
  if (device !== null && isOnlyBind(options)) {
    const told = paths.outside(device);
    return told === null
      ? []
      : hostPathFindings(`${who} mounts ${shown(told)}`, paths.real(device));
  }
  return isOwnMemory(options)
    ? []
    : [{ kind: "host-mounts", text: `${who} sets driver_opts: ${shown(options)}` }];
}

function isOnlyBind(options: Loose): boolean {
  return (
    Object.keys(options).every((key) => ["type", "device", "o"].includes(key)) &&
    /^(?:r?bind|r[ow]|,| )+$/.test(String(options["o"]))
  );
}

/**
 * The local driver calls mount(2) with these. With `o: bind` in it the type counts for nothing, and a device can be a disk,
 * so that only a plain tmpfs is let through.
 */
function isOwnMemory(options: Loose): boolean {
  const isTmpfs = options["type"] === "tmpfs";
  return Object.entries(options)
    .filter(([, value]) => isSet(value))
    .every(([key, value]) => {
      const text = String(value);
      switch (key) {
        case "type":
          return isTmpfs;
        case "device":
          return isTmpfs && /^(?:tmpfs|none)$/.test(text);
        case "o":
          return isTmpfs && text.split(",").every(isTmpfsOption);
        case "size":
          return true;
        default:
          return false;
      }
    });
}

function isTmpfsOption(option: string): boolean {
  return /^(?:(?:size|mode|uid|gid|nr_inodes)=[\w%]+|r[ow]|no(?:exec|suid|dev))$/.test(
    option.trim(),
  );
}
