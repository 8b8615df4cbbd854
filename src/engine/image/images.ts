import type Docker from "dockerode";
import { imageNotPushed, imageUnavailable } from "../../errors.ts";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { DockerAnswer, orNull, tolerate } from "../client/docker.ts";
import { openStream } from "../client/stream.ts";
import { readCredentials } from "./credentials.ts";
import { parseReference, type Reference } from "./reference.ts";
import { followTransfer, readRefusal, TransferFailed } from "./transfer.ts";

type OnLine = (line: string) => void;

export async function hasImage(docker: Docker, image: string): Promise<boolean> {
  return (await orNull(docker.getImage(image).inspect())) !== null;
}

/**
 * Fetches an image with what `docker login` left.
 * @param unavailable what it throws where the registry does not give it
 * @returns false when only the docker CLI can ask for the login, through a credential helper
 */
export async function pullImage(
  docker: Docker,
  image: string,
  dockerConfig: string,
  onLine: OnLine,
  signal: AbortSignal,
  unavailable = imageUnavailable,
): Promise<boolean> {
  const reference = parseReference(image);
  const credentials = await readCredentials(dockerConfig, reference.host);
  if (credentials.kind === "helper") {
    return false;
  }
  onLine(`Fetching ${image}`);
  try {
    const stream = await openStream(docker, {
      method: "POST",
      path: "/images/create",
      query: { fromImage: reference.repository, tag: reference.version },
      credentials: credentials.kind === "login" ? credentials.header : undefined,
      signal,
    });
    await followTransfer(stream, onLine, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const { reason, hint } = explain(error, reference);
    throw unavailable(image, reason, hint);
  }
}

/** Sends an image to the registry under `name` (`blog-main:v12`). @throws imageNotPushed */
export async function pushImage(
  docker: Docker,
  registry: string,
  image: string,
  name: string,
  dockerConfig: string,
  onLine: OnLine,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const target = `${registry.replace(/^https?:\/\//, "").replace(/\/+$/, "")}/${name}`;
  const reference = parseReference(target);
  const { repository, version } = reference;
  const credentials = await readCredentials(dockerConfig, reference.host);
  if (credentials.kind === "helper") {
    throw imageNotPushed(
      target,
      "its login is kept by a credential helper, which only the docker CLI asks",
      `Log in without one on the server: take ${reference.host} out of ${dockerConfig}, then docker login ${reference.host}`,
    );
  }
  await docker.getImage(image).tag({ repo: repository, tag: version });
  try {
    const stream = await openStream(docker, {
      method: "POST",
      path: `/images/${repository}/push`,
      query: { tag: version },
      // Docker wants the header even where there is nothing to say.
      credentials: credentials.kind === "login" ? credentials.header : {},
      signal,
    });
    await followTransfer(stream, onLine, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { reason, hint } = explain(error, reference);
    throw imageNotPushed(target, reason, hint);
  } finally {
    // The name was for the way only; the image keeps the one of its app.
    await cleanUp(log, `take the name ${target} away`, () =>
      tolerate(docker.getImage(target).remove({ noprune: true }), 404),
    );
  }
}

/** The registry's reason and what to do; everything else is passed on. */
function explain(error: unknown, { host, repository, version }: Reference) {
  const isRefusal = error instanceof TransferFailed || error instanceof DockerAnswer;
  if (!isRefusal) {
    throw error;
  }
  const { reason, login } = readRefusal(error);
  const where = host === "docker.io" ? "" : ` ${host}`;
  return {
    reason,
    hint: login
      ? `Log in on the server, as the user that runs Goku: docker login${where}`
      : `Check the name, and that the server reaches it: docker pull ${repository}${version.includes(":") ? "@" : ":"}${version}`,
  };
}
