import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { createNames } from "../../../src/engine/names.ts";
import type { Claims } from "../../../src/engine/namespace/claims.ts";
import { createReplicas } from "../../../src/engine/replica/replicas.ts";
import { silentLog } from "../../support/silent-log.ts";
import { stub } from "../../web/stub.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";

/** A Docker that takes its time with a removal, as with a large container. */
async function slowDocker() {
  let there = true;
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  let end: () => void = () => undefined;
  const socket = await fakeDocker(({ url = "", method }, response) => {
    if (method === "DELETE" && there) {
      ask();
      end = () => {
        there = false;
        answerJson(response, 204, {});
      };
    } else if (url.includes("/replica") && !there) {
      answerJson(response, 404, { message: "No such container: replica" });
    } else {
      const isReplica = url.includes("/replica/");
      answerJson(response, 200, {
        Id: isReplica ? "replica" : "namespace",
        Name: isReplica ? "/blog.v1.1" : "/namespace",
        Config: { Labels: isReplica ? { "goku.app": "blog-main" } : { "goku.role": "namespace" } },
        HostConfig: { NetworkMode: isReplica ? "container:namespace" : "goku" },
        NetworkSettings: { Networks: {} },
        State: { Running: true },
      });
    }
  });
  return { socket, asked, end: () => end() };
}

it("hands the namespace back once, however many remove the replica at a time", async () => {
  const docker = await slowDocker();
  const handedBack: string[] = [];
  const claims = stub<Claims>("claims", {
    handBack: async ({ id }, app, leave) => {
      handedBack.push(`${id} of ${app}`);
      await leave();
    },
  });
  const client = connectDocker(docker.socket);
  const giveBack = () => undefined;
  const names = createNames("goku");
  const replicas = createReplicas(client, names, claims, giveBack, 1_000, silentLog());
  const removals = [replicas.remove("replica"), replicas.remove("replica")];
  await docker.asked;
  docker.end();
  await Promise.all(removals);
  expect(handedBack).toEqual(["namespace of blog-main"]);
});
