import { expect, it } from "vitest";
import { findCredentials, readCredentials } from "../../../src/engine/image/credentials.ts";
import { namesToRemove } from "../../../src/engine/image/prune.ts";
import { parseReference } from "../../../src/engine/image/reference.ts";
import { readRefusal } from "../../../src/engine/image/transfer.ts";

it.each([
  ["busybox", "docker.io", "busybox", "latest"],
  ["node:20", "docker.io", "node", "20"],
  ["library/node:20-slim", "docker.io", "library/node", "20-slim"],
  ["ghcr.io/a/b:v1", "ghcr.io", "ghcr.io/a/b", "v1"],
  ["localhost/a", "localhost", "localhost/a", "latest"],
  ["127.0.0.1:5000/a", "127.0.0.1:5000", "127.0.0.1:5000/a", "latest"],
  ["node@sha256:abc", "docker.io", "node", "sha256:abc"],
  ["ghcr.io/a:v1@sha256:abc", "ghcr.io", "ghcr.io/a", "sha256:abc"],
])("reads %s", (text, host, repository, version) => {
  expect(parseReference(text)).toEqual({ host, repository, version });
});

const auth = Buffer.from("me:pass:word").toString("base64");

it.each([
  [{ auths: { "ghcr.io": { auth } } }, "ghcr.io", { username: "me", password: "pass:word" }],
  [{ auths: { "https://ghcr.io/v2/": { auth } } }, "ghcr.io", { username: "me" }],
  [{ auths: { "https://index.docker.io/v1/": { auth } } }, "docker.io", { username: "me" }],
  [{ auths: { "ghcr.io": { identitytoken: "t" } } }, "ghcr.io", { identitytoken: "t" }],
])("finds the login in %j for %s", (config, host, header) => {
  expect(findCredentials(config, host)).toMatchObject({ kind: "login", header });
});

it.each([
  [{}, "none"],
  [{ auths: { "example.org": { auth } } }, "none"],
  [{ auths: { "ghcr.io": {} } }, "none"],
  [{ credHelpers: { "ghcr.io": "gcloud" } }, "helper"],
  [{ auths: { "ghcr.io": {} }, credsStore: "pass" }, "helper"],
])("finds no login in %j: %s", (config, kind) => {
  expect(findCredentials(config, "ghcr.io").kind).toBe(kind);
});

it("needs no docker config", async () => {
  expect(await readCredentials("/nonexistent/config.json", "ghcr.io")).toEqual({ kind: "none" });
});

it.each([
  ["unauthorized: authentication required", true],
  ["pull access denied for x, repository does not exist or may require 'docker login'", true],
  ["manifest for x:v1 not found: manifest unknown: manifest unknown", false],
  [
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
    false,
  ],
])("knows whether a login could help: %s", (message, login) => {
  expect(readRefusal(new Error(message)).login).toBe(login);
});

it("takes from images that are not kept the app's own names alone", () => {
  const images = [
    { Id: "sha256:1", RepoTags: ["web-main:v1", "mine:latest"] },
    { Id: "sha256:2", RepoTags: ["web-main:v2"] },
    { Id: "sha256:3", RepoTags: ["web-main:v3", "web-main:v4"] },
    { Id: "sha256:4", RepoTags: null },
    { Id: "sha256:5", RepoTags: ["web-main-2:v1"] },
  ];
  expect(namesToRemove(images, "web-main", ["sha256:2"])).toEqual([
    "web-main:v1",
    "web-main:v3",
    "web-main:v4",
  ]);
});
