import { ask, type Entry } from "./entry.ts";

/** What a compose file can say, one or two things to a file. */
export const syntax: readonly Entry[] = [
  {
    name: "traefik-labels",
    why: "labels for a Traefik that is not there, which name the port",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "whoami:80", says: "whoami, start 1" },
        ask("whoami:80", "db:5432", "postgres, start 1"),
      ],
      runs: { whoami: 1, db: 1 },
      untouched: ["db"],
    },
  },
  {
    name: "nginx-proxy",
    why: "VIRTUAL_HOST, VIRTUAL_PORT and container_name for jwilder's proxy; the image exposes a second port",
    outcome: {
      kind: "deploys",
      pages: [{ at: "site:3000", says: "a site for www.example.com", after: "a new site" }],
      runs: { site: 1 },
      change: { file: "index.js", from: "a site for", to: "a new site for" },
    },
  },
  {
    name: "v2-limits",
    why: "version 2.4: mem_limit, cpus, volumes_from, a build argument as a list, a port without a host port",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:5000", says: "Hello World! I have been seen 1 times." },
        { at: "web:5000", path: "/cgi-bin/read?/assets/site.css", says: "body{}" },
        ask("web:5000", "redis:6379", "redis, start 1"),
      ],
      runs: { web: 1, redis: 1 },
      untouched: ["redis"],
    },
  },
  {
    name: "v3-deploy",
    why: "version 3.8 for a swarm: replicas, update_config, limits, placement; a build with an image name; port mode host",
    outcome: {
      kind: "deploys",
      pages: [{ at: "api:8080", says: "an api in two replicas", after: "a second api" }],
      runs: { api: 2, cache: 1 },
      change: { file: "main.go", from: "an api in two replicas", to: "a second api" },
      untouched: ["cache"],
    },
  },
  {
    name: "links",
    why: "version 2 links with and without an alias; a database's password passed through as a list entry",
    vars: { MYSQL_ROOT_PASSWORD: "pass through" },
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:8080", says: "linked", after: "linked again" },
        ask("web:8080", "database:3306", "mysql, start 1"),
        ask("web:8080", "cache:6379", "redis, start 1"),
      ],
      runs: { web: 1, db: 1, cache: 1 },
      change: { file: "app.js", from: '"linked"', to: '"linked again"' },
      untouched: ["db", "cache"],
    },
  },
  {
    name: "anchors",
    why: "anchors, aliases and merge keys, also as a list, for whole services and for environments",
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:3000", says: "good morning at level info" }],
      runs: { web: 1, jobs: 1 },
    },
  },
  {
    name: "extends",
    why: "services that extend those of another file",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:8000", says: "debug is 0", after: "debug is now 0" },
        ask("web:8000", "queue:5672", "rabbitmq, start 1"),
      ],
      runs: { web: 1, queue: 1 },
      change: { file: "app.py", from: "debug is", to: "debug is now" },
      untouched: ["queue"],
    },
  },
  {
    name: "include",
    why: "two included files, one with a project directory of its own",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "app:3000", says: "made of three files" },
        ask("app:3000", "db:5432", "postgres, start 1"),
        ask("app:3000", "http://search:7700/", "nothing found", "something found"),
      ],
      runs: { app: 1, db: 1, search: 1 },
      change: { file: "search/search.js", from: "nothing found", to: "something found" },
      untouched: ["db"],
    },
  },
  {
    name: "secrets-and-configs",
    why: "secrets and configs from files of the tree and from a config var; a database's password from one",
    vars: { API_TOKEN: "t0ken" },
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:8080", says: "a page from a config", after: "a new page" }],
      runs: { web: 1, db: 1 },
      change: { file: "page.html", from: "a page from a config", to: "a new page" },
      untouched: ["db"],
    },
  },
  {
    name: "health-chain",
    why: "web waits for a healthy api, which waits for a healthy database and cache; four ways to write a healthcheck",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:3000", says: "everything is healthy", after: "all is healthy" },
        ask("web:3000", "http://api:4000/", "the api"),
        ask("web:3000", "db:3306", "mysql, start 1"),
      ],
      runs: { web: 1, api: 1, db: 1, cache: 1 },
      change: { file: "web.js", from: "everything is healthy", to: "all is healthy" },
      untouched: ["db", "cache"],
    },
  },
  {
    name: "port-ranges",
    why: "ranges of ports, UDP, a port that Docker chooses",
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:8080", says: "ports in ranges", after: "a new page" }],
      runs: { web: 1, game: 1 },
      change: { file: "server.js", from: "ports in ranges", to: "a new page" },
      untouched: ["game"],
    },
  },
  {
    name: "database-port",
    why: "a database that the server can reach by a port bound to 127.0.0.1",
    outcome: {
      kind: "deploys",
      pages: [
        {
          at: "web:8000",
          says: "a site whose database can be reached",
          after: "a new site whose database can be reached",
        },
        ask("web:8000", "db:5432", "postgres, start 1"),
      ],
      runs: { web: 1, db: 1 },
      change: { file: "server.js", from: "a site", to: "a new site" },
      untouched: ["db"],
    },
  },
  {
    name: "relative-binds",
    why: "a single file, a read-only folder, a writable folder of the tree and two that the tree does not have",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:80", says: "A page of the tree", after: "Another page" },
        { at: "web:80", path: "/uploads/welcome.txt", says: "the first upload" },
        { at: "web:80", path: "/cgi-bin/write", says: "written" },
        { at: "web:80", path: "/uploads/notes.txt", says: "kept", after: "kept\nkept" },
      ],
      runs: { web: 1, db: 1 },
      change: { file: "public/index.html", from: "A page of the tree", to: "Another page" },
      untouched: ["db"],
    },
  },
  {
    name: "two-webs-told",
    why: "two services that publish ports, and x-goku says which",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "frontend:3000", says: "the frontend" },
        ask("frontend:3000", "http://backend:8000/", "the backend", "a new backend"),
      ],
      runs: { frontend: 1, backend: 1, mongo: 1 },
      change: { file: "backend/server.js", from: "the backend", to: "a new backend" },
      untouched: ["mongo"],
    },
  },
  {
    name: "two-domains",
    why: "x-goku's routes: two domains to two services",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:3000", host: "shop.example", says: "the shop", after: "the new shop" },
        { at: "api:8000", host: "api.shop.example", says: "the api of the shop" },
        { at: "web:3000", says: "the shop", after: "the new shop" },
        ask("web:3000", "db:5432", "postgres, start 1"),
      ],
      runs: { web: 1, api: 1, db: 1 },
      change: { file: "web/server.js", from: "the shop", to: "the new shop" },
      untouched: ["db"],
    },
  },
  {
    name: "odds-and-ends",
    why: "keys of the long tail: tmpfs, ulimits, sysctls, user, read_only, cap_drop, dns, develop",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "app:3000", says: "odds and ends" },
        { at: "app:3000", path: "/cgi-bin/read?/etc/hosts", says: "legacy.internal" },
        { at: "app:3000", path: "/cgi-bin/read?/etc/hostname", says: "odds" },
        { at: "app:3000", path: "/cgi-bin/write?/tmp/notes", says: "written" },
      ],
      runs: { app: 1 },
    },
  },
  {
    name: "named-volume",
    why: "a volume with a name of its own on the server; the app gets one of its own all the same, and is told",
    outcome: {
      kind: "deploys",
      pages: [{ at: "grafana:3000", says: "Grafana, start 1", after: "Grafana, start 2" }],
      runs: { grafana: 1 },
      change: { file: "docker-compose.yml", from: "unless-stopped", to: "always" },
      tells: [/grafana-of-the-house/],
    },
  },
];
