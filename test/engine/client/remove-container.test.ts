import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { removeContainer } from "../../../src/engine/client/remove-container.ts";
import { answerJson, fakeDocker, type Answers } from "./fake-docker.ts";

/** Somebody else is removing the container already. */
async function dockerThatRemoves(wait: Answers) {
  const socket = await fakeDocker((request, response) => {
    if (request.method === "DELETE") {
      answerJson(response, 409, { message: "removal of container abc is already in progress" });
    } else {
      wait(request, response);
    }
  });
  return connectDocker(socket);
}

it("waits until somebody else's removal has ended", async () => {
  const asked: (string | undefined)[] = [];
  const docker = await dockerThatRemoves(({ url }, response) => {
    asked.push(url);
    answerJson(response, 200, { StatusCode: 137 });
  });
  await removeContainer(docker, "abc");
  expect(asked).toEqual(["/containers/abc/wait?condition=removed"]);
});

it("is content where that has ended before it could wait", async () => {
  const docker = await dockerThatRemoves((_, response) =>
    answerJson(response, 404, { message: "No such container: abc" }),
  );
  await expect(removeContainer(docker, "abc")).resolves.toBeUndefined();
});

it("does not wait for ever for a removal that does not end", async () => {
  const docker = await dockerThatRemoves(() => undefined);
  await expect(removeContainer(docker, "abc", 50)).rejects.toMatchObject({
    code: "unavailable",
    message: "Docker was removing the container abc already, and had not ended after 0.05 s.",
  });
});
