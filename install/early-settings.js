// What is plainly wrong with settings, told before there is a compiled Goku to ask. It refuses nothing that Goku takes,
// and knows less: Goku reads them all again once it is built.
import { isIP, isIPv4, isIPv6 } from "node:net";

const like = (pattern, example) => ({ fits: (text) => pattern.test(text), example });
const oneOf = (...words) => ({ fits: (text) => words.includes(text), example: words.join(", ") });
const or = (word, kind) => ({ ...kind, fits: (text) => text === word || kind.fits(text) });

const address = { fits: (text) => parseAddress(text) !== null, example: "0.0.0.0:80" };
const domain = like(/^[\w-]{1,63}(?:\.[\w-]{1,63})*\.?$/, "apps.example.org");
const duration = like(/^\d+(?:\.\d+)? ?(?:ms|[smh])$/, "500ms, 60s, 20m or 1h");
const size = like(/^\d+(?:\.\d+)? ?[kmgt]b?$/i, "512m or 2g");
const count = like(/^\d{1,9}$/, "5");

/** Of each setting, what fits it and how it is written. */
export const kinds = {
  data: like(/^\/./, "/var/lib/goku"),
  instance: like(/^[a-z0-9-]{1,63}$/, "goku"),
  domain: { ...domain, fits: (text) => isIP(text) === 0 && domain.fits(text) },
  http: address,
  https: address,
  web: address,
  ssh: or("off", address),
  consul: or("none", { ...like(/^\s*https?:/i, "http://127.0.0.1:8500"), hidden: true }),
  consul_token: or("none", { ...like(/^[\x21-\x7E]+$/, "consul shows it"), hidden: true }),
  consul_prefix: like(/^[\w./-]+$/, "goku"),
  subnet: like(/^[\d.]+\/\d\d$/, "10.213.0.0/16"),
  registry: or("none", like(/^(?!.*\/\/)[a-z0-9.:/_[\]-]+$/, "registry.example.org/team")),
  docker: like(/^(?:unix:\/\/)?\//, "unix:///var/run/docker.sock"),
  deadline: duration,
  drain: duration,
  stop: duration,
  build_timeout: duration,
  build_cpus: like(/^\d{1,4}(?:\.\d{1,3})?$/, "2 or 1.5"),
  build_memory: size,
  build_disk_floor: size,
  build_cache: size,
  parallel_deploys: count,
  policy: oneOf("lenient", "strict"),
  keep_images: count,
  keep_releases: count,
  log_level: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
};

/** Where Goku listens when nothing else is said. */
const listeners = {
  http: "0.0.0.0:80",
  https: "0.0.0.0:443",
  web: "127.0.0.1:8080",
  ssh: "0.0.0.0:2222",
};

/** Begin like a setting and are none, as in src/settings/environment.ts. */
const internal = new Set(["GOKU_KEY", "GOKU_HOST"]);

const environmentName = (key) => `GOKU_${key.toUpperCase()}`;

/**
 * A sentence for each setting that is wrong.
 * @param {string} toml the text of goku.toml
 * @param {Record<string, string | undefined>} env
 * @returns {string[]}
 */
export function faultsOf(toml, env) {
  const names = new Set(Object.keys(kinds).map(environmentName));
  const file = linesOf(toml).map(([key, text]) => {
    return {
      key,
      text,
      where: `${key} in goku.toml`,
      name: String,
      known: Object.hasOwn(kinds, key),
    };
  });
  const variables = Object.entries(env)
    .filter(([name, text]) => name.startsWith("GOKU_") && !internal.has(name) && text)
    .map(([where, text]) => {
      return {
        key: where.slice(5).toLowerCase(),
        text,
        where,
        name: environmentName,
        known: names.has(where),
      };
    });
  const all = [...file, ...variables];
  const unknown = all.filter(({ known }) => !known);
  // The environment counts where both say something.
  const given = new Map(all.filter(({ known }) => known).map((each) => [each.key, each]));
  const wrong = [...given.values()].filter(({ key, text }) => !kinds[key].fits(text));
  return [
    ...unknown.map(
      ({ key, where, name }) => `${where}: there is no such setting. ${suggestion(key, name)}`,
    ),
    ...wrong.map(({ key, text, where }) => {
      const { hidden, example } = kinds[key];
      const shown = hidden ? "its value" : JSON.stringify(text);
      return `${where}: ${shown} is not possible. Write it as ${example}.`;
    }),
    ...clashes(given),
  ];
}

/** Of each line `key = value` the key and the text; what is written otherwise is for Goku to judge. */
function linesOf(toml) {
  const line =
    /^[ \t]*([\w-]+)[ \t]*=[ \t]*(?:"([^"\\\n]*)"|'([^'\n]*)'|(\d+))[ \t]*(?:#.*)?\r?$/gm;
  return [...toml.matchAll(line)].map(([, key, ...texts]) => [
    key,
    texts.find((text) => text !== undefined),
  ]);
}

/** `0.0.0.0:80`, `[::1]:80`, `localhost:80`, `:80` */
function parseAddress(text) {
  const [, name, digits] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = { "": "0.0.0.0", localhost: "127.0.0.1" }[name] ?? name;
  const is = isIPv4(host) || isIPv6(/^\[(.+)\]$/.exec(host)?.[1] ?? "");
  return is && port >= 1 && port <= 65_535 ? { host, port } : null;
}

function clashes(given) {
  const all = Object.entries(listeners).flatMap(([key, standard]) => {
    const place = parseAddress(given.get(key)?.text ?? standard);
    return place === null ? [] : [{ key, ...place }];
  });
  const everywhere = new Set(["0.0.0.0", "[::]"]);
  return all.flatMap((one, index) =>
    all
      .slice(0, index)
      .filter((other) => other.port === one.port)
      .filter(
        ({ host }) => [host, one.host].some((each) => everywhere.has(each)) || host === one.host,
      )
      .map(
        (other) =>
          `${one.key} and ${other.key} would both listen on port ${one.port}. Give one of them another.`,
      ),
  );
}

function suggestion(key, name) {
  const known = Object.keys(kinds);
  const [nearest] = known.toSorted((one, other) => distance(key, one) - distance(key, other));
  return `Did you mean ${name(nearest)}?`;
}

/** How many letters have to be put in, taken out or replaced to make one of the other (Levenshtein). */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const above = row;
    row = [line + 1];
    for (const [column, wanted] of [...other].entries()) {
      const kept = above[column] + (letter === wanted ? 0 : 1);
      row.push(Math.min(kept, above[column + 1] + 1, row[column] + 1));
    }
  }
  return row[other.length];
}
