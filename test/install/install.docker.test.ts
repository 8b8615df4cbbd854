import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { Debian } from "./debian.ts";
import { ask, type Page, requestsDuring } from "./requests.ts";

/** A Debian 12 on which a Goku was: its packages are all there. */
const prepared = "goku-test/debian-prepared:install";

const running = async (debian: Debian, pattern: RegExp) =>
  (await debian.processes()).filter((line) => pattern.test(line));

const daemon = (debian: Debian) => running(debian, /goku\.js serve/);

afterAll(() => exec("docker", ["rmi", prepared]));

/** Packages are fetched and code is compiled, on a machine that may have more to do. */
const patient = { timeout: 300_000 };

const dockerfile = `FROM scratch
COPY busybox /bin/
COPY index.html /www/
EXPOSE 80
CMD ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
`;

/** Makes a key and a repository with one page in it, and pushes that to the remote. */
const pushPage = (debian: Debian, remote: string) =>
  debian.sh(`
    mkdir -p /root/.ssh /root/page && cd /root/page
    ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
    octo keys:add me --admin < /root/.ssh/id_ed25519.pub
    git init -q -b main && cp /bin/busybox . && echo served > index.html
    printf '${dockerfile.replaceAll("\n", "\\n")}' > Dockerfile
    git add . && git -c user.name=me -c user.email=me@goku.test commit -q -m page
    git remote add goku ${remote}
    GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=accept-new' git push goku main 2>&1
  `);

describe("on an empty Debian 12 with systemd", patient, () => {
  let debian: Debian;
  let page: Page;

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
    await expect.poll(async () => (await debian.sh("cat /tmp/up")).stdout).toContain("up");
    const ended = await debian.install("host");
    expect(ended.stdout).toMatch(/node \(process \d+\) listens on 0\.0\.0\.0:80 already/);
    expect(ended.stdout).toContain('write http = "0.0.0.0:8000" into /etc/goku/goku.toml');
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

  it("restarts nothing where nothing has changed", async () => {
    const before = await daemon(debian);
    const ended = await debian.install("host");
    expect(ended.stdout).toContain("nothing is restarted");
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
    const ended = await debian.install("--uninstall");
    expect(ended.stdout).toContain("kept: /var/lib/goku and /etc/goku");
    expect(ended.status).toBe(0);
    expect(await running(debian, /goku/)).toEqual([]);
    expect((await debian.sh("ls -d /opt/goku /usr/local/bin/octo")).stdout).toBe("");
    expect(
      await debian.must("docker ps -aq && docker network ls -q --filter label=goku.instance"),
    ).toBe("");
    expect(await debian.must("cat /home/git/.ssh/authorized_keys")).toBe("");
    await debian.must("test -d /var/lib/goku && test -f /etc/goku/goku.toml");
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
    expect(ended.status).toBe(0);
    const places = "/opt/goku /etc/goku /var/lib/goku /var/log/goku /usr/local/bin/goku";
    expect((await debian.sh(`ls -d ${places} /etc/systemd/system/goku*`)).stdout).toBe("");
    expect((await debian.sh("getent passwd git")).stdout).toBe("");
    await debian.keepAs(prepared);
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
    expect(ended.stdout).toContain("http://APP.more.test:8000");
    expect(ended.status).toBe(0);
    expect(await daemon(debian)).not.toEqual(before);
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

  it("leaves nothing that runs with --uninstall --purge", async () => {
    expect((await debian.install("--uninstall", "--purge")).status).toBe(0);
    expect(await running(debian, /goku|nginx|dockerd/)).toEqual([]);
    expect((await debian.sh("ls -d /srv/goku /opt/goku /etc/goku")).stdout).toBe("");
  });
});
