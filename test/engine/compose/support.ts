import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ServicesSpec, Tree, WantedService } from "../../../src/compose-ports.ts";
import type { Definition } from "../../../src/service.ts";
import type { Files } from "../support.ts";

export function definitionOf(parts: Partial<Definition>): Definition {
  return { services: {}, networks: {}, volumes: {}, secrets: {}, configs: {}, ...parts };
}

/** nobody and nogroup */
const owner = { uid: 65534, gid: 65534 };

/** Checked-out trees in a folder of the test's own. */
export async function testTrees() {
  const folder = await mkdtemp(join(tmpdir(), "goku-compose-test-"));
  await chmod(folder, 0o711);
  let count = 0;
  return {
    folder,
    async tree(files: Files): Promise<Tree> {
      count += 1;
      const top = join(folder, String(count));
      await mkdir(top, { mode: 0o700 });
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(top, name)), { recursive: true });
        await writeFile(join(top, name), text);
        await chown(join(top, name), owner.uid, owner.gid);
      }
      await chown(top, owner.uid, owner.gid);
      return { folder: top, owner };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

export function wantedOf(service: string, change: Partial<WantedService> = {}): WantedService {
  return { service, count: 1, fingerprint: "f1", routed: false, ...change };
}

/** What is to be created of services that all have one image; each is on the network `default`. */
export function servicesOf(
  image: string,
  services: Definition["services"],
  change: Partial<ServicesSpec> = {},
): ServicesSpec {
  const names = Object.keys(services);
  return {
    app: "shop-main",
    version: 1,
    origin: "v1",
    definition: definitionOf({
      services: Object.fromEntries(
        names.map((name) => [name, { networks: { default: null }, ...services[name] }]),
      ),
      networks: { default: {} },
    }),
    images: Object.fromEntries(names.map((name) => [name, image])),
    wanted: names.map((name) => wantedOf(name)),
    ...change,
  };
}
