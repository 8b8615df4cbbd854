import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assertUnderstood,
  containerEnv,
  readDomainList,
  readWishes,
} from "../../src/deploy/plan/wishes.ts";
import { isDomain } from "../../src/route.ts";
import { isGokuError } from "../../src/errors.ts";

describe("reserved config vars", () => {
  it("ask for nothing when there are none", () => {
    expect(readWishes({ PORT: "80" })).toEqual({
      scale: { main: null, services: {} },
      domains: [],
      memoryLimit: null,
      noHttp: false,
      check: null,
      checkInterval: null,
      template: null,
      certificate: null,
      sslForced: false,
    });
  });

  it.each(["0", "-1", "1.5", "many", "101", "1e9", "2 3"])("refuse CONTAINERS=%j", (value) => {
    expect(() => readWishes({ CONTAINERS: value })).toThrow(/whole number from 1 to 100/);
  });

  it.each(["512m", "1g", "134217728", "64M"])("understand MEMORY_LIMIT=%s", (value) => {
    expect(readWishes({ MEMORY_LIMIT: value }).memoryLimit).toBe(value.toLowerCase());
  });

  it.each(["a lot", "-1m", "1.5g", "0", "1t"])("refuse MEMORY_LIMIT=%s", (value) => {
    expect(() => readWishes({ MEMORY_LIMIT: value })).toThrow(/not an amount of memory/);
  });

  it.each(["1", "true", "yes", " ON ", "from before"])(
    "switch HTTP off by NO_HTTP_PROXY=%s",
    (value) => {
      expect(readWishes({ NO_HTTP_PROXY: value }).noHttp).toBe(true);
    },
  );

  it.each(["", "0", "false", "no"])("leave HTTP on by NO_HTTP_PROXY=%j", (value) => {
    expect(readWishes({ NO_HTTP_PROXY: value }).noHttp).toBe(false);
  });

  it.each(["NO_HTTP_PROXY", "SSL_FORCED"])("switch %s by words of yes and no alone", (name) => {
    for (const value of ["", "0", "1", "true", "False", "yes", "no", "on", "OFF"]) {
      expect(() => assertUnderstood({ [name]: value })).not.toThrow();
    }
    expect(() => assertUnderstood({ [name]: "maybe" })).toThrow(
      `${name} is "maybe", which is neither yes nor no.`,
    );
  });

  it("take an interval that Consul understands", () => {
    for (const value of ["", "30s", "1m30s", "500ms", "1.5h"]) {
      expect(() => assertUnderstood({ CUSTOM_CHECK_INTERVAL: value })).not.toThrow();
    }
    for (const value of ["foo", "30", "0s", "-1s", "1d", "s"]) {
      expect(() => assertUnderstood({ CUSTOM_CHECK_INTERVAL: value })).toThrow(
        `CUSTOM_CHECK_INTERVAL is "${value}", which is no length of time.`,
      );
    }
    expect(readWishes({ CUSTOM_CHECK_INTERVAL: "" }).checkInterval).toBeNull();
  });

  it("take a health check as a path or, as octohost had it, a URL", () => {
    expect(readWishes({ CUSTOM_CHECK: "/up?x=1" }).check).toBe("/up?x=1");
    expect(readWishes({ CUSTOM_CHECK: "http://localhost:99/up" }).check).toBe("/up");
    expect(() => readWishes({ CUSTOM_CHECK: "ftp://x/" })).toThrow(/neither a path nor a URL/);
  });

  it.each(["CUSTOM_CHECK", "MEMORY_LIMIT", "CONTAINERS", "SSL_FORCED"])(
    "that are wrong are put right by a command with the app's name: %s",
    (name) => {
      const wrong = () => readWishes({ [name]: "mailto:x" }, "blog");
      expect(wrong).toThrow(
        expect.objectContaining({ hint: expect.stringMatching(/octo \S+ blog\b/) }),
      );
      expect(wrong).not.toThrow(
        expect.objectContaining({ hint: expect.stringMatching(/\bAPP\b/) }),
      );
    },
  );

  it("need a certificate and its key together", () => {
    expect(() => readWishes({ SSL_FORCED: "1" })).toThrow(/both SSL_CERTIFICATE and SSL_KEY/);
    expect(() => readWishes({ SSL_KEY: "/k" })).toThrow(/both SSL_CERTIFICATE and SSL_KEY/);
    const wishes = readWishes({ SSL_CERTIFICATE: "/c", SSL_KEY: "/k", SSL_FORCED: "1" });
    expect(wishes).toMatchObject({
      certificate: { certificate: "/c", key: "/k" },
      sslForced: true,
    });
  });

  it("that should be paths are refused without showing what they hold", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMIIEvgSecret";
    for (const name of ["SSL_KEY", "SSL_CERTIFICATE", "NGINX_ALT"]) {
      expect(() => readWishes({ [name]: key })).toThrow(
        expect.objectContaining({ message: `${name} is not a path on the server.` }),
      );
    }
  });

  it("never reach a container", () => {
    expect(containerEnv({ DOMAINS: "a.b", SSL_KEY: "/k", CONTAINERS: "2", A: "1" })).toEqual({
      A: "1",
    });
  });
});

describe("a list of domains", () => {
  it("is sorted, unique and lower case, parted by spaces or commas", () => {
    expect(readDomainList("b.org, A.org  b.org\na.org")).toEqual(["a.org", "b.org"]);
  });

  it.each(["nodots", "a_b;.org", "x.org/", "-a.org", "a..b", "{}.org", "a.org;"])(
    "refuses %s",
    (text) => {
      expect(() => readDomainList(text)).toThrow(/is not a domain/);
    },
  );

  it("holds domains or is refused, whatever is written", () => {
    assert(
      property(string(), (text) => {
        try {
          return readDomainList(text).every(isDomain);
        } catch (error) {
          return isGokuError(error);
        }
      }),
    );
  });
});
