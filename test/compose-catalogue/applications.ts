import { ask, type Entry } from "./entry.ts";

/** Whole applications, as their own documentation or a tutorial has them. */
export const applications: readonly Entry[] = [
  {
    name: "wordpress-mysql",
    why: "Docker's own WordPress sample: host port, restart always, two named volumes; then the database's definition changes",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "wordpress:80", says: "WordPress, start 1", after: "WordPress, start 2" },
        ask("wordpress:80", "db:3306", "mysql, start 1", "mysql, start 2"),
      ],
      runs: { db: 1, wordpress: 1 },
      change: {
        file: "docker-compose.yml",
        from: "image: mysql:8",
        to: "image: mysql:8\n    command: --max-connections=50",
      },
    },
  },
  {
    name: "node-redis",
    why: "node app with a curl healthcheck beside redis with a volume",
    outcome: {
      kind: "deploys",
      pages: [
        {
          at: "app:3000",
          says: "a counter in production",
          after: "a better counter in production",
        },
        ask("app:3000", "redis:6379", "redis, start 1"),
      ],
      runs: { app: 1, redis: 1 },
      change: { file: "server.js", from: "a counter", to: "a better counter" },
      untouched: ["redis"],
    },
  },
  {
    name: "nginx-php-fpm",
    why: "nginx before php-fpm: its file mounted read-only, a code folder that both mount, links, MariaDB in ./mysql",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "nginx:80", says: "hello from php" },
        ask("nginx:80", "mariadb:3306", "mariadb, start 1"),
      ],
      runs: { nginx: 1, php: 1, mariadb: 1 },
      untouched: ["mariadb"],
    },
  },
  {
    name: "django-celery",
    why: "one build for web, worker, beat and a migration that has to complete first, by merge keys",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:8000", says: "the shop runs shop.settings", after: "the new shop runs" },
        ask("web:8000", "db:5432", "postgres, start 1"),
      ],
      runs: { web: 1, worker: 1, beat: 1, db: 1, redis: 1 },
      change: { file: "shop/wsgi.py", from: "the shop runs", to: "the new shop runs" },
      untouched: ["db", "redis"],
    },
  },
  {
    name: "rails-release",
    why: "Rails with Sidekiq, its migration as x-goku's release command, a config var passed through without a value",
    vars: { SECRET_KEY_BASE: 'a $ecret with "quotes" and \\' },
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:3000", says: "a blog on Rails in production" },
        { at: "web:3000", path: "/cgi-bin/env", says: 'a $ecret with "quotes" and \\\0' },
        ask("web:3000", "db:5432", "postgres, start 1"),
      ],
      runs: { web: 1, sidekiq: 1, db: 1, redis: 1 },
      tells: [/migrated on postgres, start 1/],
      untouched: ["db", "redis"],
    },
  },
  {
    name: "front-and-back",
    why: "a proxy, an api and a database on two networks, one of them internal; an alias, a bind in the long form",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "proxy:80", says: "the api of both networks", after: "the second api" },
        ask("proxy:80", "db:27017", "mongo, start 1"),
      ],
      runs: { proxy: 1, api: 1, db: 1 },
      change: { file: "api/api.js", from: "the api of both networks", to: "the second api" },
      untouched: ["db"],
    },
  },
  {
    name: "caddy-front",
    why: "the user's own Caddy on port 80, with its Caddyfile, before the app",
    outcome: {
      kind: "deploys",
      pages: [{ at: "caddy:80", says: "FastAPI behind Caddy", after: "FastAPI, changed" }],
      runs: { caddy: 1, app: 1 },
      change: { file: "main.py", from: "FastAPI behind Caddy", to: "FastAPI, changed" },
    },
  },
  {
    name: "profiles",
    why: "umami as published: database with $$ in its healthcheck, and a tool in a profile that is not started",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:3000", says: "umami, start 1" },
        ask("web:3000", "db:5432", "postgres, start 1"),
      ],
      runs: { web: 1, db: 1 },
      untouched: ["db"],
    },
  },
  {
    name: "container-names",
    why: "Gitea as documented: container_name everywhere and used as a host name, data in folders beside the file",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "server:3000", says: "Gitea, start 1", after: "Gitea, start 2" },
        ask("server:3000", "gitea-db:3306", "mariadb, start 1"),
      ],
      runs: { server: 1, db: 1 },
      change: { file: "docker-compose.yml", from: "USER_UID=1000", to: "USER_UID=1001" },
      untouched: ["db"],
    },
  },
  {
    name: "vaultwarden",
    why: "one container, data in ./vw-data/ which the tree does not have, port 80 of the server",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "vaultwarden:80", says: "Vaultwarden, start 1", after: "Vaultwarden, start 2" },
      ],
      runs: { vaultwarden: 1 },
      change: { file: "compose.yaml", from: "vw.domain.tld", to: "vault.domain.tld" },
    },
  },
  {
    name: "monitoring",
    why: "Prometheus, Grafana and MinIO from images, with configuration folders and flags; only one has a port",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "grafana:3000", says: "Grafana, start 1", after: "Grafana, start 2" },
        ask("grafana:3000", "http://prometheus:9090/", "Prometheus, start 1"),
        {
          at: "grafana:3000",
          path: "/cgi-bin/read?/etc/grafana/provisioning/datasources/prometheus.yaml",
          says: "url: http://prometheus:9090",
        },
      ],
      runs: { grafana: 1, prometheus: 1, minio: 1 },
      untouched: ["prometheus", "minio"],
    },
  },
  {
    name: "worker-only",
    why: "a bot without HTTP",
    vars: { BOT_TOKEN: "12345:abc" },
    outcome: {
      kind: "deploys",
      pages: [],
      runs: { bot: 1, redis: 1 },
      change: { file: "bot.js", from: "a bot with", to: "a new bot with" },
      untouched: ["redis"],
      tells: [/without a host name/],
    },
  },
  {
    name: "static-site",
    why: "nginx with a folder of pages mounted read-only, and no build",
    outcome: {
      kind: "deploys",
      pages: [{ at: "website:80", says: "a site without a build", after: "a new page" }],
      runs: { website: 1 },
      change: { file: "html/index.html", from: "a site without a build", to: "a new page" },
    },
  },
  {
    name: "monorepo",
    why: "contexts ./api and ., a Dockerfile elsewhere with a target and an ignore file of its own, additional contexts",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "web:80", says: "and a page of its own", after: "and another page" },
        { at: "web:80", says: "A shared title" },
        { at: "web:80", path: "/api/", says: "the api of the monorepo" },
      ],
      runs: { api: 1, web: 1 },
      change: { file: "web/index.html", from: "a page of its own", to: "another page" },
    },
  },
  {
    name: "dev-mounts",
    why: "the whole tree mounted over the image and node_modules kept out by a volume; an override file lies beside it",
    outcome: {
      kind: "deploys",
      pages: [{ at: "web:3000", says: "running in development" }],
      runs: { web: 1 },
    },
  },
  {
    name: "minio-buckets",
    why: "a job that makes buckets once and ends, without a word about restarts, as in many a MinIO file",
    outcome: {
      kind: "deploys",
      pages: [
        { at: "app:3000", says: "pictures in a bucket" },
        ask("app:3000", "http://minio:9000/", "MinIO, start 1"),
      ],
      runs: { app: 1, minio: 1 },
      untouched: ["minio"],
    },
  },
];
