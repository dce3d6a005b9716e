#!/usr/bin/env bash
# Software:  lighttpd 1.4.69 and Caddy 2.6.2 (Debian 12: lighttpd 1.4.69-1, caddy 2.6.2-5)
# Behaviour: the origin sends a chunked answer and closes its connection after the first chunk, without the last one. The
#            proxy's answer to the client is complete: lighttpd gives it a Content-Length, Caddy the last chunk.
# Seen:      by both: HTTP 200, 'hello' of what was to be 'hello, world', and no error of the client.
# Date:      2026-11-28
# Why here:  that an answer has arrived whole does not prove that the origin has sent it so. A 200 whose body cannot be
#            read as what it should be is unknown_outcome for a POST, never a permanent failure.
set -euo pipefail
command -v python3 >/dev/null || { echo 'this needs python3' >&2 && exit 2; }
work=$(mktemp -d) started=()
trap 'kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq lighttpd=1.4.69-1 libxxhash0 caddy=2.6.2-5 2>/dev/null ||
  { echo 'apt-get cannot download these versions' >&2 && exit 2; }
for package in ./*.deb; do dpkg -x "$package" unpacked; done
LD_LIBRARY_PATH=$(echo "$work"/unpacked/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH HOME=$work
cat >origin.py <<'PY'
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True:
    connection = server.accept()[0]
    request = b''
    while not request.endswith(b'{}') and (more := connection.recv(4096)): request += more
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    connection.close()
PY
python3 origin.py >origin.port &
started+=($!)
until [ -s origin.port ]; do sleep 0.1; done
read -r one two < <(python3 -c 'import socket; a, b = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0)); print(a.getsockname()[1], b.getsockname()[1])')
cat >lighttpd.conf <<CONF
server.document-root = "$work"
server.bind = "127.0.0.1"
server.port = $one
server.modules = ( "mod_proxy" )
server.errorlog = "$work/lighttpd.log"
proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => $(cat origin.port) ) ) )
CONF
cat >caddy.conf <<CONF
{
  admin off
  auto_https off
}
http://127.0.0.1:$two {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:$(cat origin.port)
}
CONF
unpacked/usr/sbin/lighttpd -D -f lighttpd.conf -m unpacked/usr/lib/lighttpd 2>/dev/null &
started+=($!)
unpacked/usr/bin/caddy run --adapter caddyfile --config caddy.conf 2>caddy.log &
started+=($!)
cat >ask.py <<'PY'
import http.client, sys, time
right = 0
for name, port in (('lighttpd 1.4.69', sys.argv[1]), ('Caddy 2.6.2', sys.argv[2])):
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection('127.0.0.1', int(port), timeout=10)
            connection.request('POST', '/', '{}')
            answer = connection.getresponse()
            body = answer.read().decode()  # IncompleteRead where the answer is torn
            print('%s: HTTP %d %r, Content-Length %s, Transfer-Encoding %s' % (name, answer.status, body, answer.getheader('Content-Length'), answer.getheader('Transfer-Encoding')))
            right += (answer.status, body) == (200, 'hello')
            break
        except ConnectionRefusedError: time.sleep(0.1)
        except http.client.IncompleteRead as torn:
            print('%s: %r' % (name, torn))
            break
sys.exit(0 if right == 2 else 1)
PY
python3 ask.py "$one" "$two"
