import type { Entry } from "./entry.ts";

/** What asks too much of the server, or cannot be understood; and what an admin may ask all the same. */
export const refusals: readonly Entry[] = [
  {
    name: "traefik-network",
    why: "an external network shared with a Traefik of the server",
    outcome: { kind: "refused", isCompose: true, says: [/traefik_proxy/, /external/] },
  },
  {
    name: "external-volume",
    why: "a volume that is not the app's",
    outcome: { kind: "refused", isCompose: true, says: [/vaultwarden_data/, /external/] },
  },
  {
    name: "portainer",
    why: "Docker's socket, for a deployer",
    outcome: { kind: "refused", isCompose: true, says: [/portainer/, /docker\.sock/] },
  },
  {
    name: "portainer-by-admin",
    folder: "portainer",
    why: "Docker's socket, for an admin: a warning",
    as: "admin",
    outcome: {
      kind: "deploys",
      pages: [{ at: "portainer:9000", says: "Portainer, start 1", after: "Portainer, start 2" }],
      runs: { portainer: 1 },
      tells: [/docker\.sock/],
    },
  },
  {
    name: "traefik-itself",
    why: "a Traefik of the user's own, with Docker's socket and the server's ports",
    outcome: { kind: "refused", isCompose: true, says: [/reverse-proxy/, /docker\.sock/] },
  },
  {
    name: "home-assistant",
    why: "privileged, the server's network, a device and folders of the server, all said at once",
    outcome: {
      kind: "refused",
      isCompose: true,
      says: [
        /privileged/,
        /network_mode: host|host network/,
        /ttyUSB0/,

        /\/run\/dbus/,
      ],
    },
  },
  {
    name: "netdata",
    why: "the server's processes, capabilities and security options",
    outcome: {
      kind: "refused",
      isCompose: true,
      says: [/pid/, /ipc/, /SYS_PTRACE/, /SYS_ADMIN/, /apparmor/, /\/proc/, /\/etc\/passwd/],
    },
  },
  {
    name: "two-webs",
    why: "two services that could be the one for HTTP",
    outcome: {
      kind: "refused",
      isCompose: true,
      says: [/frontend/, /backend/, /x-goku/, /web: ['"]?(?:frontend:3000|backend:8000)/],
    },
  },
  {
    name: "required-var-missing",
    folder: "required-var",
    why: "a var that the file requires, not set",
    outcome: {
      kind: "refused",
      isCompose: false,
      says: [/SECRET_KEY/, /set it to a long random string/, /config:set/],
    },
  },
  {
    name: "context-outside",
    why: "build contexts outside the tree: a folder above it, another repository",
    outcome: { kind: "refused", isCompose: true, says: [/app/, /\.\.\/shared/] },
  },
  {
    name: "syntax-error",
    folder: "static-site",
    why: "a file that is no YAML",
    files: {
      "docker-compose.yml": "services:\n  web:\n    image: nginx\n   ports:\n      - '80:80\n",
    },
    outcome: { kind: "refused", isCompose: false, says: [/docker-compose\.yml/, /line \d|yaml/] },
  },
  {
    name: "unknown-key",
    why: "a key with a typing error",
    outcome: { kind: "refused", isCompose: false, says: [/docker-compose\.yml/, /enviroment/] },
  },
  {
    name: "unknown-goku-key",
    why: "a key of x-goku with a typing error",
    outcome: { kind: "refused", isCompose: true, says: [/x-goku/, /rotues/, /routes/] },
  },
  {
    name: "v1-style",
    why: "services at the top of the file, as before version 2",
    outcome: { kind: "refused", isCompose: false, says: [/docker-compose\.yml/, /services/] },
  },
  {
    name: "failing-migration",
    why: "a job that others wait for fails: its last words are shown",
    outcome: {
      kind: "refused",
      isCompose: true,
      says: [/migrate/, /exit status 3/, /relation users does not exist/],
    },
  },
  {
    name: "pihole",
    why: "ports of the server's own services, and a capability",
    outcome: {
      kind: "refused",
      isCompose: true,
      says: [/53\/tcp/, /53\/udp/, /67\/udp/, /NET_ADMIN/],
    },
  },
];
