# shellcheck shell=sh disable=SC2154 # the parts of install.sh share their variables
# The two units. nginx has one of its own, so that it serves on when Goku stops.

units=/etc/systemd/system
needrestart=/etc/needrestart/conf.d

write_units() {
  changed=no
  write_unit goku.service <<END
[Unit]
Description=Goku: git push to this server
Wants=network-online.target docker.service
After=network-online.target docker.service
# Whatever is missing may come back, so it never gives up.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=$(command -v node) $current/dist/bin/goku.js serve
# Its one line says that it is ready.
StandardOutput=truncate:$ready_file
StandardError=journal
Restart=always
RestartSec=1
# A restart must not end what serves others meanwhile: its sshd, and sessions in it.
KillMode=process
LimitNOFILE=65536
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
END
  write_unit goku-nginx.service <<END
[Unit]
Description=nginx of Goku
Wants=network-online.target
# Docker makes the networks of the apps: without them, requests for an app would leave the machine.
After=network-online.target docker.service
# Goku writes it before it starts this for the first time.
ConditionPathExists=$data/nginx/nginx.conf

[Service]
Type=forking
PIDFile=$data/nginx/nginx.pid
# A socket outlives the process that made it, and nobody could listen on it again.
ExecStartPre=-/bin/rm -f $(nginx_socket)
ExecStart=$(command -v nginx) -c $data/nginx/nginx.conf -p $data/nginx
ExecReload=/bin/sh $current/install/unit/reload-nginx.sh \$MAINPID $data/nginx 20
KillSignal=SIGQUIT
KillMode=mixed
TimeoutStopSec=10
Restart=on-failure
RestartSec=1
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
END
  if [ "$changed" = yes ]; then logged systemctl daemon-reload; fi
  logged systemctl enable goku goku-nginx
}

# It restarts what uses a library that was upgraded, and until nginx is back no request is answered.
write_needrestart() {
  if [ ! -d "$needrestart" ]; then return; fi
  # shellcheck disable=SC2016 # Perl's variable
  echo '$nrconf{override_rc}{qr(^goku-nginx\.service$)} = 0;' >"$needrestart/goku.conf"
}

# Prints where nginx answers Goku, as src/router/places.ts has it for root.
nginx_socket() { echo "/run/goku-nginx-$(printf %s "$data/nginx" | sha256sum | cut -c 1-12).sock"; }

# write_unit NAME: replaces the unit by standard input, where that is different.
write_unit() {
  cat >"$units/$1.new"
  if cmp -s "$units/$1.new" "$units/$1"; then
    rm "$units/$1.new"
  else
    sync "$units/$1.new"
    mv "$units/$1.new" "$units/$1"
    changed=yes
    note "wrote $units/$1"
  fi
}
