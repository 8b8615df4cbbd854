import { expect, test } from "vitest";
import { runOrThrow } from "../../../src/system/process.ts";
import { portSamples } from "./ports.ts";

/** TCP ports of the image that Docker makes of it; the image gets no name and is removed again. */
async function builtPorts(dockerfile: string): Promise<number[]> {
  const docker = (args: string[], input?: string) =>
    runOrThrow({ file: "docker", args, input, timeoutMs: 60_000 });
  const { stdout } = await docker(["buildx", "build", "--quiet", "--load", "-"], dockerfile);
  const image = stdout.trim();
  const format = "{{range $port, $_ := .Config.ExposedPorts}}{{$port}} {{end}}";
  const inspected = await docker(["image", "inspect", "--format", format, image]);
  await docker(["image", "rm", "--force", image]);
  return inspected.stdout
    .split(/\s+/)
    .filter((port) => port.endsWith("/tcp"))
    .map((port) => Number.parseInt(port, 10));
}

const ascending = (ports: readonly number[]) => ports.toSorted((a, b) => a - b);

// An image keeps its ports in no order; a sample without an instruction that makes one is no image at all.
test.each(portSamples)("Docker agrees that %j exposes %j", async (text, ports) => {
  const built = await builtPorts(`${text}\nLABEL goku.test=ports`);
  expect(ascending(built)).toEqual(ascending(ports));
});
