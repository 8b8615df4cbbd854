import type { Ended } from "../support/exec.ts";
import type { Debian } from "./debian.ts";

const dockerfile = `FROM scratch
COPY busybox /bin/
COPY index.html /www/
EXPOSE 80
CMD ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
`;

const composeFile = `services:
  web:
    build: .
    expose: ["80"]
    volumes: ["kept:/kept", "./uploads:/uploads"]
  worker:
    build: .
    command: ["/bin/busybox", "sleep", "1d"]
volumes:
  kept:
`;

/** Makes a key and a repository with one page in it, and pushes that to the remote. */
export const pushPage = (debian: Debian, remote: string): Promise<Ended> =>
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

/** Makes a repository with a small compose project, and pushes that to the remote. */
export const pushProject = (debian: Debian, remote: string): Promise<Ended> =>
  debian.sh(`
    mkdir -p /root/shop && cd /root/shop
    git init -q -b main && cp /bin/busybox . && echo sold > index.html
    printf '${dockerfile.replaceAll("\n", "\\n")}' > Dockerfile
    printf '${composeFile.replaceAll("\n", "\\n")}' > docker-compose.yml
    git add . && git -c user.name=me -c user.email=me@goku.test commit -q -m shop
    git remote add goku ${remote} && git push goku main 2>&1
  `);
