import type { Finding } from "../../service.ts";
import type { Paths, TreePlace } from "./findings-paths.ts";
import { deviceOf } from "./host-paths.ts";
import type { ComposeModel } from "./model.ts";

/** A mount of what is kept with the app. */
interface Mount extends TreePlace {
  /** `service web`, `volume db` */
  readonly who: string;
  readonly source: string;
  readonly writable: boolean;
}

/**
 * Mounts of what lies in a folder that containers write to. Docker follows symlinks whenever such a container starts, after a
 * crash as well: who writes to the folder above puts a link to `/` there and has the server's disk *(tried)*.
 */
export function nestedFindings(model: ComposeModel, paths: Paths): Finding[] {
  const mounts = treeMounts(model, paths);
  const writable = mounts.filter((mount) => mount.writable && !mount.isFile);
  return mounts.flatMap((mount) => {
    const above = writable.find((other) => isBelow(other.path, mount.path));
    // A single file comes from a place that nobody writes to.
    return above === undefined || mount.isFile
      ? []
      : [
          {
            kind: "host-mounts",
            text: `${mount.who} mounts ${paths.told(mount.source)} from within ${paths.told(above.source)}, where ${above.who} can put a link to anything of the server`,
          },
        ];
  });
}

function treeMounts(model: ComposeModel, paths: Paths): Mount[] {
  const binds = Object.entries(model.services).flatMap(([name, { volumes }]) =>
    (volumes ?? []).flatMap((mount) =>
      mount.type === "bind" && mount.source !== undefined
        ? at(`service ${name}`, mount.source, mount.read_only !== true, paths)
        : [],
    ),
  );
  const devices = Object.entries(model.volumes ?? {}).flatMap(([name, volume]) => {
    const device = deviceOf(volume);
    return device === null ? [] : at(`volume ${name}`, device, true, paths);
  });
  return [...binds, ...devices];
}

function at(who: string, source: string, writable: boolean, paths: Paths): Mount[] {
  const place = paths.place(source);
  return place === null ? [] : [{ ...place, who, source, writable }];
}

function isBelow(folder: string, path: string): boolean {
  return path !== folder && (folder === "" || path.startsWith(`${folder}/`));
}
