import type { Command } from "./command.ts";

/** A verb as the help lists it; the rest is loaded when it is used, since starting fast matters most here. */
export interface Listed {
  readonly verb: string;
  /** Operands as usage shows them and as the parser reads them. */
  readonly operands: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const listing: readonly Listed[] = [
  {
    verb: "apps",
    operands: "",
    summary: "List the apps",
    load: async () => (await import("./verbs/apps.ts")).apps,
  },
  {
    verb: "status",
    operands: "[app]",
    summary: "Say whether apps are up",
    load: async () => (await import("./verbs/apps.ts")).status,
  },
  {
    verb: "info",
    operands: "<app>",
    summary: "Show one app: its domains, containers and source",
    load: async () => (await import("./verbs/apps.ts")).info,
  },
  {
    verb: "ps",
    operands: "<app>",
    summary: "List the containers of an app",
    load: async () => (await import("./verbs/apps.ts")).ps,
  },
  {
    verb: "releases",
    operands: "<app>",
    summary: "List the releases of an app, newest first",
    load: async () => (await import("./verbs/releases.ts")).releases,
  },
  {
    verb: "rollback",
    operands: "<app> [version]",
    summary:
      "Go back to a release, or to the newest earlier one that differs: images, vars, domains, scale",
    load: async () => (await import("./verbs/releases.ts")).rollback,
  },
  {
    verb: "deploys:cancel",
    operands: "<app>",
    summary: "Cancel the deploy that is waiting or on its way",
    load: async () => (await import("./verbs/releases.ts")).cancel,
  },
  {
    verb: "logs",
    operands: "<app> [service]",
    summary: "Show what an app wrote, its access log, or a build",
    load: async () => (await import("./verbs/logs.ts")).logs,
  },
  {
    verb: "run",
    operands: "<app> [command...]",
    summary: "Run a command in a new container: octo run APP [SERVICE] -- COMMAND",
    load: async () => (await import("./verbs/run.ts")).run,
  },
  {
    verb: "scale",
    operands: "<app[=count]> [service=count...]",
    summary: "Run an app, or services of its project, in several containers",
    load: async () => (await import("./verbs/lifecycle.ts")).scale,
  },
  {
    verb: "restart",
    operands: "<app> [service]",
    summary: "Make a new release of what is live, with new containers",
    load: async () => (await import("./verbs/lifecycle.ts")).restart,
  },
  {
    verb: "reload",
    operands: "<app>",
    summary: "Restart with the config vars read again",
    load: async () => (await import("./verbs/lifecycle.ts")).reload,
  },
  {
    verb: "stop",
    operands: "<app>",
    summary: "Take an app off the air, until start or the next push",
    load: async () => (await import("./verbs/lifecycle.ts")).stop,
  },
  {
    verb: "start",
    operands: "<app>",
    summary: "Bring a stopped app back",
    load: async () => (await import("./verbs/lifecycle.ts")).start,
  },
  {
    verb: "remove",
    operands: "<app>",
    summary: "Remove an app with its config vars and release history",
    load: async () => (await import("./verbs/lifecycle.ts")).remove,
  },
  {
    verb: "volumes",
    operands: "<app>",
    summary: "List the volumes and kept folders of an app",
    load: async () => (await import("./verbs/volumes.ts")).volumes,
  },
  {
    verb: "volumes:prune",
    operands: "[app]",
    summary: "Remove volumes that nothing uses, of apps that are gone as well",
    load: async () => (await import("./verbs/volumes.ts")).volumesPrune,
  },
  {
    verb: "config",
    operands: "<app>",
    summary: "List the config vars of an app",
    load: async () => (await import("./verbs/config-read.ts")).config,
  },
  {
    verb: "config:set",
    operands: "<app/KEY=value...>",
    summary: "Set config vars, also as app/KEY VALUE; - as the value reads standard input",
    load: async () => (await import("./verbs/config-change.ts")).configSet,
  },
  {
    verb: "config:get",
    operands: "<app/KEY>",
    summary: "Print the value of a config var and a line break",
    load: async () => (await import("./verbs/config-read.ts")).configGet,
  },
  {
    verb: "config:rm",
    operands: "<app/KEY...>",
    summary: "Remove config vars",
    load: async () => (await import("./verbs/config-change.ts")).configRemove,
  },
  {
    verb: "config:export",
    operands: "[app]",
    summary: "Print the commands that set all config vars again",
    load: async () => (await import("./verbs/config-read.ts")).configExport,
  },
  {
    verb: "config:env",
    operands: "<app>",
    summary: "Print what containers get, as options of docker run",
    load: async () => (await import("./verbs/config-read.ts")).configEnv,
  },
  {
    verb: "domains",
    operands: "<app>",
    summary: "List every domain that an app answers for",
    load: async () => (await import("./verbs/domains.ts")).domains,
  },
  {
    verb: "domains:get",
    operands: "<app>",
    summary: "Print the domains that were set",
    load: async () => (await import("./verbs/domains.ts")).domainsGet,
  },
  {
    verb: "domains:set",
    operands: "<app> <domain...>",
    summary: "Set the domains of an app, beside its own host names",
    load: async () => (await import("./verbs/domains.ts")).domainsSet,
  },
  {
    verb: "domains:add",
    operands: "<app> <domain...>",
    summary: "Add domains to an app",
    load: async () => (await import("./verbs/domains.ts")).domainsAdd,
  },
  {
    verb: "domains:rm",
    operands: "<app> <domain...>",
    summary: "Take domains from an app",
    load: async () => (await import("./verbs/domains.ts")).domainsRemove,
  },
  {
    verb: "policy",
    operands: "<app>",
    summary: "Show what an app asks of the server, and what of it is allowed",
    load: async () => (await import("./verbs/policy.ts")).policy,
  },
  {
    verb: "policy:allow",
    operands: "<app> <kind...>",
    summary: "Let an app ask more of the server, as in docker-socket",
    load: async () => (await import("./verbs/policy.ts")).policyAllow,
  },
  {
    verb: "policy:deny",
    operands: "<app> <kind...>",
    summary: "Take back what was allowed an app",
    load: async () => (await import("./verbs/policy.ts")).policyDeny,
  },
  {
    verb: "keys:add",
    operands: "<name>",
    summary: "Let an SSH key push: octo keys:add NAME < key.pub",
    load: async () => (await import("./verbs/keys.ts")).keysAdd,
  },
  {
    verb: "keys:list",
    operands: "",
    summary: "List the SSH keys and what each may do",
    load: async () => (await import("./verbs/keys.ts")).keysList,
  },
  {
    verb: "keys:rm",
    operands: "<name>",
    summary: "Shut an SSH key out",
    load: async () => (await import("./verbs/keys.ts")).keysRemove,
  },
  {
    verb: "tokens:add",
    operands: "<name>",
    summary: "Make a token for git over HTTP and the API",
    load: async () => (await import("./verbs/tokens.ts")).tokensAdd,
  },
  {
    verb: "tokens:list",
    operands: "",
    summary: "List the tokens and what each may do",
    load: async () => (await import("./verbs/tokens.ts")).tokensList,
  },
  {
    verb: "tokens:rm",
    operands: "<name>",
    summary: "Shut a token out",
    load: async () => (await import("./verbs/tokens.ts")).tokensRemove,
  },
  {
    verb: "events",
    operands: "[app]",
    summary: "Show who did what, newest first",
    load: async () => (await import("./verbs/events.ts")).events,
  },
];

export function findListed(verb: string): Listed | null {
  return listing.find((listed) => listed.verb === verb) ?? null;
}
