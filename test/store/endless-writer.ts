import { openStore } from "../../src/store/store.ts";
import type { NewRelease } from "../../src/store-ports.ts";

/** Makes one release after the other live until it is killed; says so once there are some. */
const store = openStore(process.argv[2] ?? "");
const release: NewRelease = {
  app: store.apps.create("blog", "main").id,
  commit: "c".repeat(40),
  door: "push",
  by: "laptop",
  reason: "push",
};
for (;;) {
  const { app, version } = store.releases.create(release);
  store.releases.goLive(app, version);
  if (version === 20) {
    process.stdout.write("writing\n");
  }
}
