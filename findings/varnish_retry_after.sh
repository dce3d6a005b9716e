#!/usr/bin/env bash
# Software:  Varnish 7.1.1 (Debian 12: varnish 7.1.1-2+deb12u1)
# Behaviour: where the origin performs a POST and closes the connection without an answer, Varnish answers 503 with
#            `Retry-After: 5`; the same bytes as for an origin that is down.
# Seen:      performed 1, HTTP 503, Retry-After 5.
# Date:      2026-11-28
# Why here:  "503 with Retry-After was declined, so it may be repeated" is what many clients do. It makes duplicates: such
#            an answer to a POST is unknown_outcome, with its wait.
set -euo pipefail
for tool in python3 gcc; do command -v $tool >/dev/null || { echo "this needs $tool" >&2 && exit 2; }; done
work=$(mktemp -d) started=()
trap 'kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 libjemalloc2 libedit2 libbsd0 2>/dev/null ||
  { echo 'apt-get cannot download these versions' >&2 && exit 2; }
for package in ./*.deb; do dpkg -x "$package" unpacked; done
libraries=$(echo "$work"/unpacked/usr/lib/*-linux-gnu)
cat >origin.py <<'PY'
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True:
    connection = server.accept()[0]
    request = b''
    while not request.endswith(b'{}') and (more := connection.recv(4096)): request += more
    with open('performed', 'a') as done: done.write(request.split()[0].decode() + '\n')
    connection.close()
PY
python3 origin.py >origin.port &
started+=($!)
until [ -s origin.port ]; do sleep 0.1; done
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
LD_LIBRARY_PATH=$libraries:$libraries/varnish unpacked/usr/sbin/varnishd -F -j none -n "$work/varnish" -a "127.0.0.1:$port" \
  -s malloc,16m -b "127.0.0.1:$(cat origin.port)" >varnish.log 2>&1 &
started+=($!)
cat >ask.py <<'PY'
import http.client, sys, time
for _ in range(200):
    try:
        connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
        connection.request('POST', '/', '{}')
        answer = connection.getresponse()
        break
    except ConnectionRefusedError: time.sleep(0.1)
performed = open('performed').read().split()
print('performed %d, HTTP %d, Retry-After %s, Via %s' % (len(performed), answer.status, answer.getheader('Retry-After'), answer.getheader('Via')))
sys.exit(0 if (performed, answer.status, answer.getheader('Retry-After')) == (['POST'], 503, '5') else 1)
PY
python3 ask.py "$port"
