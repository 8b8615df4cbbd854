import { expect, it } from "vitest";
import type { BuildGuard } from "../../../src/engine/build/build-guard.ts";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { fetchImages } from "../../../src/engine/compose/fetch-images.ts";
import { stub } from "../../web/stub.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";
import { never } from "../support.ts";

/** Fetches from a Docker that has no image, and answers to a pull as it is told. */
async function fetchFrom(status: number, message: string) {
  const socket = await fakeDocker(({ method }, response) =>
    method === "POST"
      ? answerJson(response, status, { message })
      : answerJson(response, 404, { message: "No such image" }),
  );
  const guard = stub<BuildGuard>("guard", {
    guarded: (_, signal, work) =>
      work({ signal, capped: (build) => build(), stop: () => undefined }),
  });
  const parts = { docker: connectDocker(socket), guard, socket, dockerConfig: "/nowhere" };
  return fetchImages(parts, ["registry.test/db:1"], () => undefined, never);
}

it("tells what the registry said of a service's image, and what to do", async () => {
  await expect(fetchFrom(404, "manifest for registry.test/db:1 not found.")).rejects.toMatchObject({
    code: "build-failed",
    message:
      "The image registry.test/db:1 could not be fetched: manifest for registry.test/db:1 not found.",
    hint: "Check the name, and that the server reaches it: docker pull registry.test/db:1",
  });
});
