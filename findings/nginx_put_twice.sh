#!/usr/bin/env bash
# Software:  nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11)
# Behaviour: a PUT that was sent on an upstream connection which had carried a request before, and whose connection then
#            ends without an answer, is sent to the same server once more; so is a GET, but not a POST. The client sees one
#            answer. (proxy_next_upstream is `error timeout` by default, `non_idempotent` is what POST would need.)
# Seen:      performed by the one server of the upstream: POST 1, PUT 2, and 502 to the client both times.
# Date:      2026-11-28
# Why here:  a request with an Idempotency-Key may arrive twice although the client has sent it once. It is the API's
#            keeping of keys, and not the client's care, that makes one effect of it.
set -euo pipefail
command -v python3 >/dev/null || { echo 'this needs python3' >&2 && exit 2; }
work=$(mktemp -d) started=()
trap 'kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq nginx=1.22.1-9+deb12u11 2>/dev/null || { echo 'apt-get cannot download this version' >&2 && exit 2; }
dpkg -x ./*.deb unpacked
cat >origin.py <<'PY'
import socket, sys, threading
performed = {}
def serve(connection):
    with connection, connection.makefile('rb') as lines:
        while True:
            words = lines.readline().split()
            if not words: return
            length = 0
            while (line := lines.readline().strip()):
                if line.lower().startswith(b'content-length:'): length = int(line.split(b':')[1])
            lines.read(length)
            method = words[0].decode()
            if words[1] == b'/count': body = repr(performed)
            elif words[1] == b'/lost':
                performed[method] = performed.get(method, 0) + 1
                return  # performed, and the connection ends
            else: body = 'ok'
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body.encode()))
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True: threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
PY
python3 origin.py >origin.port &
started+=($!)
until [ -s origin.port ]; do sleep 0.1; done
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >nginx.conf <<CONF
daemon off; worker_processes 1; pid $work/pid; error_log $work/error.log;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  upstream origin { server 127.0.0.1:$(cat origin.port); keepalive 4; }
  server { listen 127.0.0.1:$port; location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
CONF
unpacked/usr/sbin/nginx -e "$work/error.log" -c "$work/nginx.conf" 2>/dev/null &
started+=($!)
cat >ask.py <<'PY'
import http.client, sys, time
def ask(method, target):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
            connection.request(method, target, '{}' if method != 'GET' else None)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionRefusedError: time.sleep(0.1)
for method in ('POST', 'PUT'):
    ask('GET', '/')  # the upstream connection has carried a request
    print(method, 'is answered with', ask(method, '/lost')[0])
performed = eval(ask('GET', '/count')[1])
print('performed:', performed)
sys.exit(0 if performed == {'POST': 1, 'PUT': 2} else 1)
PY
unpacked/usr/sbin/nginx -v 2>&1
python3 ask.py "$port"
