#!/usr/bin/env bash
# Software:  curl and libcurl 7.88.1 (Debian 12: curl 7.88.1-10+deb12u15)
# Behaviour: a POST on a connection that has carried another request, and that ends before a byte of the answer, is sent
#            again on a fresh connection, whether the server has performed it or not. No option forbids that short of
#            CURLOPT_FORBID_REUSE or CURLOPT_FRESH_CONNECT.
# Seen:      one command for one POST, performed 2 times; its exit code is 0.
# Date:      2026-11-28
# Why here:  RFC 9110, section 9.2.2, leaves it to the client to know that. pawl repeats only what surely never arrived,
#            and reads; all else is unknown_outcome.
set -euo pipefail
command -v python3 >/dev/null || { echo 'this needs python3' >&2 && exit 2; }
work=$(mktemp -d) started=()
trap 'kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq curl=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15 2>/dev/null ||
  { echo 'apt-get cannot download these versions' >&2 && exit 2; }
for package in ./*.deb; do dpkg -x "$package" unpacked; done
cat >origin.py <<'PY'
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
lost = 0
while True:
    connection = server.accept()[0]
    while True:
        request = b''
        while not request.endswith(b'{}') and (more := connection.recv(4096)): request += more
        if not request: break
        if b' /lost ' in request:
            with open('performed', 'a') as done: done.write('POST\n')
            lost += 1
            if lost == 1: break  # performed, and the answer is lost
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    connection.close()
PY
python3 origin.py >origin.port &
started+=($!)
until [ -s origin.port ]; do sleep 0.1; done
base=http://127.0.0.1:$(cat origin.port)
curl() { LD_LIBRARY_PATH=$(echo "$work"/unpacked/usr/lib/*-linux-gnu) unpacked/usr/bin/curl "$@"; }
curl --version | head -n 1
code=0
curl -sS --noproxy '*' -o answer1 -d '{}' "$base/" --next -sS --noproxy '*' -o answer2 -d '{}' "$base/lost" || code=$?
performed=$(wc -l <performed)
echo "performed $performed times, exit code $code"
[ "$performed" -eq 2 ] && [ $code -eq 0 ]
