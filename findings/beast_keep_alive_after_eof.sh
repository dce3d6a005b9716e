#!/usr/bin/env bash
# Software:  Boost.Beast 1.81.0 (Debian 12: libboost1.81-dev 1.81.0-5+deb12u1)
# Behaviour: an HTTP/1.1 response with neither Content-Length nor chunked encoding ends when its connection closes.
#            Its keep_alive() is true all the same; only need_eof() tells that the connection cannot be used again.
# Seen:      parsed to the end: keep_alive 1, need_eof 1; with Content-Length: keep_alive 1, need_eof 0.
# Date:      2026-11-28
# Why here:  an adapter that pools connections by keep_alive() alone pools dead ones, and whether the next request on
#            one was performed is unknown. The rule is keep_alive() && !need_eof().
set -euo pipefail
command -v g++ >/dev/null || { echo 'this needs g++' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libboost1.81-dev=1.81.0-5+deb12u1 2>/dev/null || { echo 'apt-get cannot download these versions' >&2 && exit 2; }
dpkg -x ./*.deb root
cat >answer.cpp <<'CPP'
#include <cstdio>
#include <cstring>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/version.hpp>

namespace http = boost::beast::http;

bool is_as_told(char const* what, char const* text, bool keep_alive, bool need_eof) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code failed;
  parser.put(boost::asio::buffer(text, std::strlen(text)), failed);
  if (!failed && parser.need_eof()) parser.put_eof(failed);
  std::printf("%s: done %d, keep_alive %d, need_eof %d\n", what, parser.is_done(), parser.get().keep_alive(), parser.get().need_eof());
  return !failed && parser.is_done() && parser.get().keep_alive() == keep_alive && parser.get().need_eof() == need_eof;
}
int main() {
  std::printf("Boost %d.%d\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
  bool const with = is_as_told("with a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true, false);
  bool const without = is_as_told("until the end", "HTTP/1.1 200 OK\r\n\r\nok", true, true);
  return with && without ? 0 : 1;
}
CPP
g++ -std=c++17 -O0 -I root/usr/include answer.cpp -o answer
./answer
