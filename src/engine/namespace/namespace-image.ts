import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { noStaticBusybox } from "../../errors.ts";
import { hasErrno } from "../../system/errno.ts";
import { orNull } from "../client/docker.ts";
import { jsonLines, openStream } from "../client/stream.ts";
import { label } from "../labels.ts";
import type { Names } from "../names.ts";
import { isStaticBinary } from "./static-binary.ts";

const busyboxPaths = ["/bin/busybox", "/usr/bin/busybox"];

/** Sleeps for ever without waking, in 50 kB of memory of its own; nothing smaller comes with Debian. */
export const namespaceCommand = ["/busybox", "sleep", "infinity"];

interface ImportLine {
  readonly error?: string;
}

/**
 * The image of namespace containers: one file, taken from this machine, so that no registry is needed.
 * @throws noStaticBusybox
 */
export async function ensureNamespaceImage(docker: Docker, names: Names): Promise<void> {
  if ((await orNull(docker.getImage(names.namespaceImage).inspect())) !== null) {
    return;
  }
  const tar = pack();
  tar.entry({ name: "busybox", mode: 0o755 }, await findBusybox());
  tar.finalize();
  const stream = await openStream(docker, {
    method: "POST",
    path: "/images/create",
    query: {
      fromSrc: "-",
      repo: names.namespaceImage,
      tag: "latest",
      changes: `LABEL ${label.instance}=${names.instance}`,
    },
    body: Readable.from(tar, { objectMode: false }),
  });
  for await (const { error } of jsonLines<ImportLine>(stream)) {
    if (error !== undefined) {
      throw new Error(`Docker did not take the image ${names.namespaceImage}: ${error}`);
    }
  }
}

async function findBusybox(): Promise<Buffer> {
  for (const path of busyboxPaths) {
    try {
      const file = await readFile(path);
      if (isStaticBinary(file)) {
        return file;
      }
    } catch (error) {
      if (!hasErrno(error, "ENOENT")) {
        throw error;
      }
    }
  }
  throw noStaticBusybox(busyboxPaths);
}
