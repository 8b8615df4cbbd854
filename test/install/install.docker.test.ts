import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { soon } from "../support/soon.ts";
import { Debian } from "./debian.ts";
import { pushPage, pushProject } from "./pushes.ts";
import { ask, type Page, requestsDuring } from "./requests.ts";

/** A Debian 12 on which a Goku was: its packages are all there. */
const prepared = "goku-test/debian-prepared:install";

const running = async (debian: Debian, pattern: RegExp) =>
  (await debian.processes()).filter((line) => pattern.test(line));

const volumes = async (debian: Debian) =>
  (await debian.must("docker volume ls -q")).trim().split("\n").sort();

const daemon = (debian: Debian) => running(debian, /goku\.js serve/);

afterAll(() => exec("docker", ["rmi", prepared]));

/** Packages are fetched and code is compiled, on a machine that may have more to do. */
const patient = { timeout: 300_000 };

describe("on an empty Debian 12 with systemd", patient, () => {
  let debian: Debian;
  let page: Page;
  /** What the installer says when it has been taken away. */
  let removal = "";

  beforeAll(async () => {
    debian = await Debian.start({ systemd: true });
    const address = await debian.address();
    page = { address, port: 80, host: `page.${address}.sslip.io` };
  });
  afterAll(() => debian.destroy());

  it("names the program that has its port, and changes nothing", async () => {
    await debian.must(
      `setsid node -e 'require("http").createServer((q, a) => a.end()).listen(80, () => console.log("up"))' >/tmp/up 2>&1 & echo $! >/tmp/pid`,
    );
    await soon(async () => (await debian.sh("cat /tmp/up")).stdout).toContain("up");
    const ended = await debian.install("host");
    expect(ended.stdout).toMatch(/node \(process \d+\) listens on 0\.0\.0\.0:80 already/);
    expect(ended.stdout).toContain("GOKU_HTTP=0.0.0.0:8000 ./install.sh host");
    expect(ended.status).toBe(1);
    expect((await debian.sh("ls /opt/goku /etc/goku /var/lib/goku")).stdout).toBe("");
    await debian.must("kill $(cat /tmp/pid)");
  });

  it("sets Goku up and says how to push", async () => {
    const ended = await debian.install("host");
    expect(ended.stdout).toContain("Docker comes from trixie");
    expect(ended.stdout).toMatch(/octo keys:add me --admin < key\.pub/);
    expect(ended.stdout).toContain(`git remote add goku ssh://git@${page.address}:2222/APP.git`);
    expect(ended.stdout).toContain(`http://APP.${page.address}.sslip.io`);
    expect(ended.status).toBe(0);
    expect(await debian.must("octo version")).not.toBe("");
    expect(await debian.must("stat -c %a /etc/goku/goku.toml")).toBe("600\n");
    const offered = await debian.must(
      "ssh-keyscan -t ed25519 -p 2222 127.0.0.1 2>/dev/null | ssh-keygen -lf - | cut -d ' ' -f 2",
    );
    expect(offered).toMatch(/^SHA256:/);
    expect(ended.stdout).toContain(`port 2222): ${offered}`);
  });

  it("starts neither the distribution's nginx nor its sshd", async () => {
    const enabled = await debian.sh("systemctl is-enabled nginx ssh goku goku-nginx docker");
    expect(enabled.stdout).toBe("disabled\ndisabled\nenabled\nenabled\nenabled\n");
    const active = await debian.sh("systemctl is-active nginx ssh goku goku-nginx docker");
    expect(active.stdout).toBe("inactive\ninactive\nactive\nactive\nactive\n");
  });

  it("takes a push to the remote it named", async () => {
    const pushed = await pushPage(debian, `ssh://git@${page.address}:2222/page.git`);
    expect(pushed.stdout).toContain(`http://${page.host}`);
    expect(pushed.status).toBe(0);
    expect(await ask(page)).toBe("served\n");
  });

  it("takes a push of a compose project", async () => {
    const pushed = await pushProject(debian, `ssh://git@${page.address}:2222/shop.git`);
    expect(pushed.stdout).toContain(`http://shop.${page.address}.sslip.io`);
    expect(pushed.status).toBe(0);
    expect(await ask({ ...page, host: `shop.${page.address}.sslip.io` })).toBe("sold\n");
    expect(await volumes(debian)).toEqual(["shop-main_kept"]);
  });

  it("restarts nothing where nothing has changed, and asks for no key where there is one", async () => {
    const before = await daemon(debian);
    const ended = await debian.install("host");
    expect(ended.stdout).toContain("nothing is restarted");
    expect(ended.stdout).not.toContain("Add your key");
    expect(ended.status).toBe(0);
    expect(await daemon(debian)).toEqual(before);
  });

  it("goes back to the running version when a new one does not start, dropping no request", async () => {
    const version = await debian.must("readlink /opt/goku/current");
    const broken = 'if (process.argv.includes("serve")) throw new Error("does not start");';
    await debian.must(`cd /root/goku/src/bin && cp goku.ts /root && sed -i '1a ${broken}' goku.ts`);
    const requests = await requestsDuring(page, async () => {
      const ended = await debian.install("host");
      expect(ended.stdout).toContain("does not start");
      expect(ended.stdout).toContain("runs again, as before");
      expect(ended.status).toBe(1);
    });
    expect(requests.failed).toEqual([]);
    expect(requests.answered).toBeGreaterThan(100);
    expect(await debian.must("readlink /opt/goku/current")).toBe(version);
    await debian.must("octo version");
  });

  it("upgrades in place, dropping no request", async () => {
    await debian.must("mv /root/goku.ts /root/goku/src/bin/");
    const before = await daemon(debian);
    const others = "cat /var/lib/goku/nginx/nginx.pid /var/lib/goku/ssh/sshd.pid";
    const othersBefore = await debian.must(others);
    await debian.must("echo '// changed' >> /root/goku/src/errors.ts");
    const requests = await requestsDuring(page, async () => {
      expect((await debian.install("host")).status).toBe(0);
    });
    expect(requests.failed).toEqual([]);
    expect(requests.answered).toBeGreaterThan(100);
    expect(await daemon(debian)).not.toEqual(before);
    expect(await debian.must(others)).toBe(othersBefore);
    expect((await debian.must("ls /opt/goku/versions")).trim().split("\n")).toHaveLength(2);
  });

  it("is there again after the machine was restarted", async () => {
    await debian.restart();
    const body = () => ask(page).catch(String);
    await expect.poll(body, { timeout: 60_000 }).toBe("served\n");
    expect((await debian.sh("octo version")).status).toBe(0);
  });

  it("is taken away, and leaves data and nothing that runs", async () => {
    await debian.must("docker volume create mine && docker network create mine");
    const ended = await debian.install("--uninstall");
    expect(ended.stdout).toContain("kept: /var/lib/goku and /etc/goku");
    expect(ended.stdout).toContain("kept: volumes: shop-main_kept\n");
    expect(await volumes(debian)).toEqual(["mine", "shop-main_kept"]);
    expect(ended.status).toBe(0);
    expect(await running(debian, /goku/)).toEqual([]);
    expect((await debian.sh("ls -d /opt/goku /usr/local/bin/octo")).stdout).toBe("");
    expect(
      await debian.must("docker ps -aq && docker network ls -q --filter label=goku.instance"),
    ).toBe("");
    expect(await debian.must("cat /home/git/.ssh/authorized_keys")).toBe("");
    await debian.must("test -d /var/lib/goku/trees/kept && test -f /etc/goku/goku.toml");
    expect((await debian.install("--uninstall")).stdout).toContain("Goku is not installed here");
  });

  it("takes the port from nginx's untouched default page, not from a page of somebody's", async () => {
    await debian.must("echo mine > /var/www/html/index.html && systemctl enable --now nginx");
    const refused = await debian.install("host");
    expect(refused.stdout).toMatch(/nginx \(process \d+\) listens on 0\.0\.0\.0:80 already/);
    expect(refused.status).toBe(1);
    await debian.must("rm /var/www/html/index.html");
    const ended = await debian.install("host");
    expect(ended.stdout).toContain("untouched default page");
    expect(ended.status).toBe(0);
    expect((await debian.sh("systemctl is-enabled nginx")).stdout).toBe("disabled\n");
    // The data was kept.
    expect(await debian.must("octo keys:list")).toMatch(/^me\b/m);
  });

  it("leaves nothing with --purge", async () => {
    const ended = await debian.install("--uninstall", "--purge");
    expect(ended.stdout).toMatch(/^ +volumes: shop-main_kept$/m);
    expect(ended.stdout).toMatch(/^ +networks:.* shop-main_default/m);
    expect(ended.stdout).toMatch(/^ +\/var\/lib\/goku$/m);
    expect(ended.status).toBe(0);
    removal = /if nothing else needs them: (apt-get remove .+)$/m.exec(ended.stdout)?.[1] ?? "";
    expect(await volumes(debian)).toEqual(["mine"]);
    expect(await debian.must("docker images -q && docker ps -aq")).toBe("");
    expect(await debian.must("docker network ls -q --filter type=custom")).toMatch(/^\S+\n$/);
    const places = "/opt/goku /etc/goku /var/lib/goku /var/log/goku /usr/local/bin/goku";
    expect((await debian.sh(`ls -d ${places} /etc/systemd/system/goku*`)).stdout).toBe("");
    expect((await debian.sh("getent passwd git")).stdout).toBe("");
    await debian.keepAs(prepared);
  });

  it("names the command that takes its packages away, without Docker's data and without sshd", async () => {
    expect(removal).toContain("docker.io");
    expect(removal).toContain("nginx");
    await debian.must(`DEBIAN_FRONTEND=noninteractive ${removal} -y`);
    expect((await debian.sh("command -v dockerd docker nginx")).stdout).toBe("");
    await debian.must("test -d /var/lib/docker/volumes/mine && command -v sshd");
    const sources = "/etc/apt/sources.list.d/goku.sources /etc/apt/preferences.d/goku";
    await debian.must(`ls ${sources}`);
    const again = await debian.install("--uninstall", "--purge");
    expect(again.stdout).toContain("/etc/apt/sources.list.d/goku.sources");
    expect((await debian.sh(`ls ${sources}`)).stdout).toBe("");
    const last = await debian.install("--uninstall", "--purge");
    expect(last.stdout).toContain("Goku is not installed here, so there is nothing to remove.");
    expect(last.status).toBe(0);
    expect((await debian.sh("ls -d /var/log/goku")).stdout).toBe("");
  });
});

describe("without systemd, with the packages there", patient, () => {
  let debian: Debian;

  beforeAll(async () => {
    debian = await Debian.start({ systemd: false, image: prepared });
  });
  afterAll(() => debian.destroy());

  it("starts Docker and Goku by itself, with the settings of the environment", async () => {
    const ended = await debian.sh(
      "GOKU_DATA=/srv/goku GOKU_HTTP=0.0.0.0:8000 GOKU_DOMAIN=apps.test /root/goku/install.sh host",
    );
    expect(ended.stdout).toContain("no systemd here");
    expect(ended.stdout).toContain("http://APP.apps.test:8000");
    expect(ended.stdout).not.toContain("missing:");
    expect(ended.status).toBe(0);
    expect(await debian.must("GOKU_DATA=/srv/goku octo version")).not.toBe("");
    const answer = await fetch(`http://${await debian.address()}:8000/`);
    expect(answer.status).toBe(404);
  });

  it("restarts nothing where nothing has changed, and restarts for new settings", async () => {
    const before = await daemon(debian);
    expect((await debian.install("host")).stdout).toContain("nothing is restarted");
    expect(await daemon(debian)).toEqual(before);
    // The defaults in it are settings as Goku reads them.
    await debian.must(
      "sed -i 's/^# \\([a-z_]* = \\)/\\1/; s/apps.test/more.test/' /etc/goku/goku.toml",
    );
    const ended = await debian.install("host");
    expect(ended.stdout).toContain("The domain changes from apps.test to more.test");
    expect(ended.stdout).toContain("http://APP.more.test:8000");
    expect(ended.status).toBe(0);
    expect(await daemon(debian)).not.toEqual(before);
  });

  it("takes up settings that are given to a later run, and keeps the rest", async () => {
    const before = await debian.must("cat /etc/goku/goku.toml");
    const ended = await debian.sh(
      "GOKU_DATA=/srv/goku GOKU_DOMAIN=third.test GOKU_KEEP_IMAGES=7 /root/goku/install.sh host 2>&1",
    );
    expect(ended.stdout).toContain("taken from GOKU_*: domain, keep_images");
    expect(ended.stdout).toContain("http://APP.third.test:8000");
    expect(ended.status).toBe(0);
    expect(await debian.must("cat /etc/goku/goku.toml")).toBe(
      before.replace("more.test", "third.test").replace('keep_images = "5"', 'keep_images = "7"'),
    );
    expect(await debian.must("stat -c %a /etc/goku/goku.toml; ls /etc/goku")).toBe(
      "600\ngoku.toml\n",
    );
    expect((await debian.install("host")).stdout).toContain("nothing is restarted");
  });

  it.each([
    ["GOKU_DATA=/srv/other", 'has data = "/srv/goku"'],
    ["GOKU_INSTANCE=other", 'has instance = "goku"'],
    ["GOKU_DOMIAN=fourth.test", "Did you mean GOKU_DOMAIN?"],
    ["GOKU_DEADLINE=soon", "GOKU_DEADLINE"],
    ["GOKU_SUBNET=10.213.1.0/16", "The network is 10.213.0.0/16."],
    // Documentation addresses are nobody's (RFC 5737).
    ["GOKU_WEB=192.0.2.1:8080", "runs again, as before; /etc/goku/goku.toml is again what it was"],
  ])("refuses %s", async (given, said) => {
    const before = await debian.must("cat /etc/goku/goku.toml");
    const ended = await debian.sh(`${given} /root/goku/install.sh host 2>&1`);
    expect(ended.stdout).toContain(said);
    expect(ended.status).toBe(1);
    expect(await debian.must("cat /etc/goku/goku.toml")).toBe(before);
    await debian.must("GOKU_DATA=/srv/goku octo version");
  });

  it("changes nothing when the settings are not in order", async () => {
    const before = await daemon(debian);
    await debian.must("echo 'colour = \"blue\"' >> /etc/goku/goku.toml");
    const ended = await debian.install("host");
    expect(ended.stdout).toContain("The settings are not in order");
    expect(ended.stdout).toContain("colour");
    expect(ended.status).toBe(1);
    expect(await daemon(debian)).toEqual(before);
    await debian.must("sed -i '$d' /etc/goku/goku.toml");
  });

  it("leaves nothing that runs with --uninstall --purge, where Docker was stopped by --uninstall", async () => {
    await debian.must("docker volume create --label goku.instance=goku theirs");
    expect((await debian.install("--uninstall")).status).toBe(0);
    expect(await running(debian, /dockerd/)).toEqual([]);
    await debian.must(
      "setsid setpriv --reuid=git --regid=git --clear-groups sleep 1d >/dev/null 2>&1 & echo $! >/tmp/pid",
    );
    const first = await debian.install("--uninstall", "--purge");
    expect(first.stdout).toContain("volumes: theirs");
    expect(first.stdout).toMatch(/the user git and \/home\/git \(userdel: .*used by process/);
    expect(first.status).toBe(1);
    await debian.must("kill $(cat /tmp/pid)");
    const ended = await debian.install("--uninstall", "--purge");
    expect(ended.stdout).toContain("the user git\n");
    expect(ended.status).toBe(0);
    expect((await debian.sh("ls -d /var/lib/docker/volumes/theirs")).stdout).toBe("");
    expect(await running(debian, /goku|nginx|dockerd/)).toEqual([]);
    expect((await debian.sh("ls -d /srv/goku /opt/goku /etc/goku /home/git")).stdout).toBe("");
  });
});
