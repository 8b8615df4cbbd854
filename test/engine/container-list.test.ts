import { expect, it } from "vitest";
import { connectDocker } from "../../src/engine/client/docker.ts";
import { listContainers } from "../../src/engine/container-list.ts";
import { answerJson, fakeDocker } from "./client/fake-docker.ts";

it("knows the networks that a container that stands still has to find again, and what it may write to", async () => {
  const found = {
    Id: "abc",
    Names: ["/db"],
    Image: "db",
    ImageID: "sha256:1",
    Created: 0,
    State: "exited",
    Status: "Exited (0) 5 minutes ago",
    Labels: {},
    HostConfig: { NetworkMode: "bridge" },
    Mounts: [
      { Type: "volume", Name: "shop-main_data", Source: "/var/lib/docker/x", RW: true },
      { Type: "bind", Source: "/srv/files", RW: true },
      { Type: "bind", Source: "/etc/localtime", RW: false },
    ],
    NetworkSettings: {
      Networks: {
        // Docker's own is made anew, with another id, whenever Docker starts.
        bridge: { NetworkID: "of-yesterday", IPAMConfig: null },
        shop_default: { NetworkID: "n1", IPAMConfig: null },
        // Of one that never started.
        shop_other: { NetworkID: "", IPAMConfig: null },
      },
    },
  };
  const socket = await fakeDocker((_, response) => answerJson(response, 200, [found]));
  const [listed] = await listContainers(connectDocker(socket), "goku");
  expect(listed?.networkIds).toEqual(["n1"]);
  expect(listed?.writes).toEqual(["shop-main_data", "/srv/files"]);
});
