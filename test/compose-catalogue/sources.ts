import type { Entry } from "./entry.ts";

/** Which file counts, what it takes from vars and env files, and where the image comes from. */
export const sources: readonly Entry[] = [
  {
    name: "env-file",
    why: "two env files, one of them optional and missing; .env for the file itself; a config var wins over them all",
    vars: { SMTP_PASSWORD: "from a config var" },
    outcome: {
      kind: "deploys",
      pages: [{ at: "app:3000", says: "Notes, $5 off (blue, eu-north, from a config var)" }],
      runs: { app: 1 },
    },
  },
  {
    name: "interpolation",
    why: "every kind of default, in an image, a port and a config's inline content; a project name of its own",
    vars: { TITLE: "A title", CACHE_POLICY: "allkeys-lru" },
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:80", says: "A title costs $5" }],
      runs: { web: 1, cache: 1 },
      untouched: ["cache"],
    },
  },
  {
    name: "required-var",
    why: "a var that the file requires, set",
    vars: { SECRET_KEY: "s3cret" },
    outcome: {
      kind: "deploys",
      pages: [{ at: "app:3000", says: "signed with s3cret" }],
      runs: { app: 1 },
    },
  },
  {
    name: "inline-dockerfile",
    why: "a Dockerfile inside the compose file, whose EXPOSE is the only word on the port",
    outcome: {
      kind: "deploys",
      pages: [{ at: "app:8000", says: "no Dockerfile anywhere", after: "still none" }],
      runs: { app: 1 },
      change: { file: "main.py", from: "no Dockerfile anywhere", to: "still none" },
    },
  },
  {
    name: "build-args",
    why: "build arguments from config vars, with a default and without a value",
    vars: { APP_VERSION: "1.2.3", VITE_API_URL: "https://api.example.com" },
    outcome: {
      kind: "deploys",
      pages: [{ at: "app:80", says: "version 1.2.3 for https://api.example.com" }],
      runs: { app: 1 },
    },
  },
  {
    name: "four-names",
    why: "all four names in one tree: compose.yaml counts",
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:80", says: "from compose.yaml" }],
      runs: { web: 1 },
    },
  },
  {
    name: "yaml-beside-yml",
    why: "docker-compose.yml counts before docker-compose.yaml",
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:80", says: "ends in yml" }],
      runs: { web: 1 },
    },
  },
  {
    name: "compose-and-dockerfile",
    why: "a compose file wins over the Dockerfile that it builds",
    outcome: {
      kind: "deploys",
      pages: [{ at: "server:3000", says: "started by compose" }],
      runs: { server: 1 },
    },
  },
  {
    name: "no-ports",
    why: "one service that says nothing about ports: its image does",
    outcome: {
      kind: "deploys",
      pages: [{ at: "adminer:8080", says: "Adminer, start 1" }],
      runs: { adminer: 1 },
    },
  },
];
