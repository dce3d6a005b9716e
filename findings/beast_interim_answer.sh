#!/usr/bin/env bash
# Software:  Boost.Beast 1.81.0 (Debian 12: libboost1.81-dev 1.81.0-5+deb12u1)
# Behaviour: http::read() gives an interim answer (103 Early Hints, RFC 8297) as the answer to the request. The final one
#            stays in the buffer, and is what the next request on the connection is answered with; so all later ones.
# Seen:      two requests; 103 and 200 "one", then 200 "two": the first is answered 103 "", the second 200 "one".
# Date:      2026-11-28
# Why here:  on a connection that is used again each item would be told what became of the one before it. A client reads
#            on while the status is 1xx, and drops a connection whose buffer is not empty after an answer.
set -euo pipefail
command -v g++ >/dev/null || { echo 'this needs g++' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libboost1.81-dev=1.81.0-5+deb12u1 2>/dev/null || { echo 'apt-get cannot download these versions' >&2 && exit 2; }
dpkg -x ./*.deb root
cat >interim.cpp <<'CPP'
#include <cstdio>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/version.hpp>

namespace beast = boost::beast;

int main() {
  std::printf("Boost %d.%d\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
  boost::asio::io_context context;
  beast::test::stream client(context);
  client.append(
      "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  beast::flat_buffer buffer;
  std::string seen;
  for (int request = 1; request <= 2; ++request) {
    beast::http::response<beast::http::string_body> answer;
    beast::http::read(client, buffer, answer);
    std::string const line = std::to_string(answer.result_int()) + " '" + answer.body() + "'";
    std::printf("request %d is answered %s\n", request, line.c_str());
    seen += line + ";";
  }
  return seen == "103 '';200 'one';" ? 0 : 1;
}
CPP
g++ -std=c++17 -O0 -I root/usr/include interim.cpp -o interim -pthread
./interim
