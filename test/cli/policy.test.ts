import { expect, it } from "vitest";
import { addApp, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

it("says what an app may ask for, and from when on", async () => {
  const host = await testControl();
  addApp(host, "blog");
  const none = await runOcto(["policy", "blog"], host);
  expect(none).toMatchObject({ status: 0, stdout: "" });
  expect(none.stderr).toContain("blog asks for nothing beyond its own");

  expect(await runOcto(["policy:allow", "blog", "devices,docker-socket", "build"], host)).toEqual({
    status: 0,
    stdout: "From the next deploy on blog may ask for docker-socket, devices, build.\n",
    stderr: "",
  });
  const denied = await runOcto(["policy:deny", "blog", "docker-socket", "build"], host);
  expect(denied.stdout).toBe("From the next deploy on blog may ask for devices.\n");
  expect((await runOcto(["policy", "blog"], host)).stdout).toBe(
    "devices  allowed  not asked for\n",
  );
});

it("is wrong usage without a kind, or with one that there is not", async () => {
  const host = await testControl();
  addApp(host, "blog");
  expect(await runOcto(["policy:allow", "blog"], host)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("policy:allow <app> <kind...>"),
  });
  expect(await runOcto(["policy:allow", "blog", "sockets"], host)).toMatchObject({ status: 2 });
});
