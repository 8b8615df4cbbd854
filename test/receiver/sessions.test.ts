import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { adminRights } from "../../src/rights.ts";
import { createSessions } from "../../src/receiver/sessions.ts";
import { waitFor } from "../../src/system/wait.ts";

const children: ChildProcess[] = [];
const caller = () => ({ name: "alice", rights: adminRights });

afterEach(() => {
  children.splice(0).forEach((child) => child.kill("SIGKILL"));
});

async function sleeper(): Promise<number> {
  const child = spawn("sleep", ["60"]);
  children.push(child);
  await once(child, "spawn");
  return child.pid ?? 0;
}

it("knows a process by its number and start, and no other", async () => {
  const sessions = createSessions();
  const pid = await sleeper();
  sessions.open({ pid, repository: "blog", caller, lost: null });
  expect(sessions.find(pid)).toMatchObject({ repository: "blog" });
  expect(sessions.find(await sleeper())).toBeNull();
  expect(sessions.find(Number.NaN)).toBeNull();
  process.kill(pid, "SIGKILL");
  expect(
    await waitFor(() => (sessions.find(pid) === null ? true : null), { timeoutMs: 30_000 }),
  ).toBe(true);
});

it("a process that has ended already opens nothing", async () => {
  const sessions = createSessions();
  const child = spawn("true");
  await once(child, "exit");
  sessions.open({ pid: child.pid ?? 0, repository: "blog", caller, lost: null });
  expect(sessions.find(child.pid ?? 0)).toBeNull();
});

it("aborts when the process behind it goes, and ends its watch with the work", async () => {
  const sessions = createSessions();
  const pid = await sleeper();
  sessions.open({ pid, repository: "blog", caller, lost: null });
  const session = sessions.find(pid);
  expect(await session?.whileConnected(async (signal) => signal.aborted)).toBe(false);
  expect(session?.running()).toBe(true);
  await session?.whileConnected(async (signal) => {
    children[0]?.kill("SIGKILL");
    await once(signal, "abort");
  });
  expect(session?.running()).toBe(false);
  expect(session?.caller().name).toBe("alice");
});

it("looks so often that a lost connection is noticed well within a second", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const sessions = createSessions();
  const pid = await sleeper();
  sessions.open({ pid, repository: "blog", caller, lost: null });
  await sessions.find(pid)?.whileConnected(async (signal) => {
    const [child] = children;
    child?.kill("SIGKILL");
    await once(child ?? process, "exit");
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(500);
    expect(signal.aborted).toBe(true);
  });
});
