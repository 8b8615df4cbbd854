import { expect, test } from "vitest";
import { childEnvironment } from "../../src/settings/environment.ts";

test("a program that Goku starts learns where things are, and no more", () => {
  const env = {
    PATH: "/opt/bin",
    HOME: "/root",
    DOCKER_HOST: "unix:///run/docker.sock",
    LC_ALL: "de_DE.UTF-8",
    GOKU_CONSUL_TOKEN: "s3cret",
    GIT_DIR: "/var/lib/goku/repositories/blog.git",
    NODE_OPTIONS: "--inspect",
    EMPTY: undefined,
  };
  expect(childEnvironment(env)).toEqual({
    PATH: "/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    DOCKER_HOST: "unix:///run/docker.sock",
    LC_ALL: "C.UTF-8",
  });
});

test("without a PATH there is still one", () => {
  expect(childEnvironment({})["PATH"]).toMatch(/^\/usr\/local\/sbin:/);
});
