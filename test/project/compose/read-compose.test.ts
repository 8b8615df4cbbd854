import { expect, test } from "vitest";
import { inlineFiles, readCompose } from "../../../src/project/compose/read-compose.ts";
import { withImages } from "../../../src/project/compose/with-images.ts";
import type { ComposeProject } from "../../../src/project.ts";
import { type Files, interpret, reread } from "./interpret.ts";

const read = async (files: Files, vars = {}) => readCompose(await interpret(files, vars));

const routesOf = ({ routes }: ComposeProject) =>
  routes.map(({ service, port }) => `${service}:${port}`);

const wordpress = `
services:
  db:
    image: mysql:8
    volumes: [db_data:/var/lib/mysql]
    restart: always
    environment:
      MYSQL_PASSWORD: "it costs $$5"
  wordpress:
    depends_on: [db]
    image: wordpress
    ports: ["8000:80"]
    restart: always
volumes:
  db_data: {}
`;

test("wordpress beside a database", async () => {
  const project = await read({ "compose.yaml": wordpress, CNAME: "blog.org\n" });
  expect(routesOf(project)).toEqual(["wordpress:80"]);
  expect(project.domains).toEqual(["blog.org"]);
  expect(project.services).toEqual([
    {
      name: "db",
      image: "mysql:8",
      replicas: 1,
      dependsOn: [],
      noTwin: "it writes to the volume db_data",
      runs: "always",
      keep: false,
    },
    {
      name: "wordpress",
      image: "wordpress",
      replicas: 1,
      dependsOn: [{ service: "db", condition: "service_started", required: true }],
      noTwin: null,
      runs: "always",
      keep: false,
    },
  ]);
  expect(project.definition).toEqual({
    services: {
      db: {
        environment: { MYSQL_PASSWORD: "it costs $$5" },
        networks: { default: null },
        restart: "always",
        volumes: [{ type: "volume", source: "db_data", target: "/var/lib/mysql", volume: {} }],
      },
      wordpress: { networks: { default: null }, restart: "always" },
    },
    networks: { default: { "x-goku-name": "default" } },
    volumes: { db_data: { "x-goku-name": "db_data" } },
    secrets: {},
    configs: {},
  });
});

test("a tree's folders and files, as docker compose writes their paths", async () => {
  const project = await read({
    "compose.yaml": `
services:
  web:
    image: nginx
    volumes:
      - ./html:/usr/share/nginx/html:ro
      - ./nginx.conf:/etc/nginx/nginx.conf
      - ./uploads:/uploads
      - .:/src:ro
`,
    "html/index.html": "hello",
    "nginx.conf": "events {}",
  });
  expect(project.mounts.map(({ path, kind, form }) => [path, kind, form])).toEqual([
    ["", "content", "folder"],
    ["html", "content", "folder"],
    ["nginx.conf", "content", "file"],
    ["uploads", "kept", "folder"],
  ]);
});

test("two commits with the same content make the same definition", async () => {
  const files = {
    "compose.yaml": "services: {web: {image: nginx, volumes: ['./html:/html:ro', './data:/data']}}",
    "html/index.html": "hello",
  };
  const [one, other] = [await read(files), await read({ ...files, README: "new" })];
  expect(other.definition).toEqual(one.definition);
  const changed = await read({ ...files, "html/index.html": "hullo" });
  expect(changed.definition).not.toEqual(one.definition);
});

test("secrets and configs of every kind", async () => {
  const input = await interpret(
    {
      "compose.yaml": `
services:
  web:
    image: nginx
    secrets: [file, token]
    configs: [{source: page, target: /page.html}]
secrets:
  file: {file: ./secret.txt}
  token: {environment: TOKEN}
configs:
  page: {content: "costs $$5, \${TITLE}"}
`,
      "secret.txt": "s",
    },
    { TOKEN: "t0ken", TITLE: "Title" },
  );
  expect(inlineFiles(input).map(({ text }) => text)).toEqual(["t0ken", "costs $5, Title"]);
  const { secrets, configs } = readCompose(input).definition;
  const places = [secrets["file"], secrets["token"], configs["page"]].map((part) => part?.["file"]);
  expect(new Set(places).size).toBe(3);
  for (const place of places) {
    expect(place).toMatch(/^\/goku\/content\/[0-9a-f]{64}$/);
  }
});

test("the port of a Dockerfile, of its target, of one inside the file", async () => {
  const dockerfile =
    "ARG PORT=1\nFROM a AS dev\nEXPOSE 9\nFROM a AS prod\nARG PORT\nEXPOSE $PORT\nFROM a\n";
  const routed = async (build: string) =>
    routesOf(
      await read({
        "compose.yaml": `services: {a: {image: x}, b: {build: ${build}}}`,
        "sub/Dockerfile": dockerfile,
        "sub/Other": "FROM a\nEXPOSE 7/udp 8",
      }),
    );
  expect(await routed("{context: sub, target: dev}")).toEqual(["b:9"]);
  expect(await routed("{context: sub, target: prod, args: {PORT: 4000}}")).toEqual(["b:4000"]);
  expect(await routed("{context: sub, dockerfile: Other}")).toEqual(["b:8"]);
  expect(await routed('{context: sub, dockerfile_inline: "FROM a\\nEXPOSE 6"}')).toEqual(["b:6"]);
});

test("links, volumes of others and old syntax become what a definition can have", async () => {
  const project = await read({
    "compose.yaml": `
version: "2.4"
services:
  web:
    image: web
    links: ["db:database"]
    volumes_from: ["assets:ro"]
    mem_limit: 64m
    ports: ["5000"]
  db:
    image: redis
    container_name: my-db
  assets:
    image: busybox
    volumes: [/assets]
`,
  });
  const { services, volumes } = project.definition;
  expect(services["db"]?.["networks"]).toEqual({ default: { aliases: ["my-db", "database"] } });
  const [key] = Object.keys(volumes);
  expect(services["web"]).toEqual({
    mem_limit: "67108864",
    networks: { default: null },
    volumes: [{ type: "volume", source: key, target: "/assets", volume: {}, read_only: true }],
  });
});

test("docker compose takes a definition back as it is", async () => {
  const project = await read(
    {
      "compose.yaml": `
services:
  web:
    image: web
    command: ["sh", "-c", "echo $$HOME"]
    container_name: the-web
    environment: {A: "$$b", C: null}
    labels: {a: "$$1"}
    ports: ["80:80", "90:90/udp"]
    volumes: ["./data:/data", "named:/named", /anonymous]
    secrets: [token]
    networks: {front: {aliases: [w]}, back: {ipv4_address: 10.9.8.7}}
    extra_hosts: ["a:1.2.3.4"]
    ulimits: {nofile: {soft: 1, hard: 2}}
    healthcheck: {test: "true", interval: 5s, start_period: 1m}
    deploy: {resources: {limits: {memory: 64m, cpus: "0.5"}}}
    stop_grace_period: 90s
    tmpfs: ["/t:size=1m"]
secrets: {token: {environment: TOKEN}}
volumes: {named: {driver_opts: {type: tmpfs, device: tmpfs}}}
networks:
  front: {}
  back: {internal: true, ipam: {config: [{subnet: 10.9.8.0/24}]}}
`,
    },
    { TOKEN: "t" },
  );
  const { definition } = withImages(project, {
    web: { id: "sha256:1", ports: [], volumes: ["/kept"] },
  });
  const { "x-goku-container-name": name, ...web } = definition.services["web"] ?? {};
  const again = await reread({ ...definition, services: { web: { ...web, image: "x" } } });
  expect(name).toBe("the-web");
  expect(again).toMatchObject({
    services: { web },
    networks: { back: { internal: true, ipam: { config: [{ subnet: "10.9.8.0/24" }] } } },
    volumes: { named: { driver_opts: { type: "tmpfs", device: "tmpfs" } } },
    secrets: definition.secrets,
  });
});
