import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { holds, portHolders } from "../../src/router/net/port-holder.ts";
import { mentionsConnection, parseSockets } from "../../src/router/net/sockets.ts";
import { listen } from "./fixture.ts";

/** As a little-endian machine prints it. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100D50A:A1B2 0700D50A:0BB8 01 00000000:00000000 00:00000000 00000000    33        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 0100D50A:A1B4 0700D50A:0BB8 02 00000000:00000000 00:00000000 00000000    33        0 4713 1 0000000000000000 20 4 30 10 -1
   3: 0100D50A:A1B6 0700D50A:0BB8 08 00000000:00000000 00:00000000 00000000    33        0 4714 1 0000000000000000 20 4 30 10 -1
   4: 0100D50A:A1B8 0800D50A:0BB8 01 00000000:00000000 00:00000000 00000000    33        0 4715 1 0000000000000000 20 4 30 10 -1
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0
   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 43 1 0
`;

describe("the kernel's table of sockets", () => {
  it("is read with addresses and ports as people write them", () => {
    const [listening] = parseSockets(tcp, 80);
    const [connected] = parseSockets(tcp, 3000);

    expect(listening).toMatchObject({ local: { address: "0.0.0.0", port: 80 }, inode: "4711" });
    expect(connected?.local).toEqual({ address: "10.213.0.1", port: 41_394 });
  });

  it("has IPv4 inside of IPv6", () => {
    expect(parseSockets(tcp6, 8080)[0]?.local).toEqual({ address: "127.0.0.1", port: 8080 });
  });

  it("is empty without sockets", () => {
    expect(parseSockets("  sl  local_address\n", 80)).toEqual([]);
  });
});

describe("a backend", () => {
  const lines = tcp.split("\n").slice(2, 6);
  const [open = "", opening = "", closed = "", neighbours = ""] = lines;
  const backend = { address: "10.213.0.7", port: 3000 };

  it.each([
    [true, "a connection is open", open],
    [true, "one is being opened", opening],
    [false, "the backend closed it", closed],
    [false, "it is its neighbour's", neighbours],
  ])("is in use: %s, while %s", (inUse, _what, line) => {
    expect(line).not.toBe("");
    expect(mentionsConnection(`head\n${line}\n`, backend)).toBe(inUse);
  });

  it("is not in use by what listens on this machine at the same port, nor by another port", () => {
    expect(mentionsConnection(tcp, { address: "0.0.0.0", port: 80 })).toBe(false);
    expect(mentionsConnection(tcp, { ...backend, port: 3001 })).toBe(false);
  });
});

describe("a port", () => {
  const [everywhere] = parseSockets(tcp, 80);
  const [everywhere6] = parseSockets(tcp6, 443);

  it("is taken by who listens on all addresses, IPv6 included", () => {
    expect(holds(everywhere!, { host: "127.0.0.1", port: 80 })).toBe(true);
    expect(holds(everywhere6!, { host: "192.0.2.1", port: 443 })).toBe(true);
    expect(holds(everywhere!, { host: "127.0.0.1", port: 81 })).toBe(false);
  });

  it("is free on one address while only another is taken", async () => {
    const server = createServer();
    const port = await listen(server, 0, "127.0.0.3");

    expect(await portHolders({ host: "127.0.0.4", port })).toEqual([]);
    expect(await portHolders({ host: "127.0.0.3", port })).toEqual([
      { pid: process.pid, title: expect.any(String) },
    ]);
    expect(await portHolders({ host: "0.0.0.0", port })).toHaveLength(1);

    await new Promise((resolve) => server.close(resolve));
  });
});
