// What a command line asks for, and how the program ends.
#ifndef PAWL_TOOL_REQUEST_HPP
#define PAWL_TOOL_REQUEST_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pawl_tool {

enum exit_code : int {
  done = 0,
  not_done = 1,  // what was asked for is not there, or was not changed
  usage = 2,     // the command line is wrong
  unusable = 3   // the database cannot be used
};

// A sentence, and the code to exit with.
class refusal : public std::runtime_error {
 public:
  refusal(exit_code code, std::string const& sentence) : std::runtime_error(sentence), code_(code) {}
  exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

enum class form { text, json, csv };

struct request {
  std::string db, table, key, state, key_glob, time, reason, rows_of, schedule;
  std::optional<std::string> older{};  // empty: not given
  std::string every = "2s", patience = "5s";
  bool parked = false, delayed = false, in_doubt = false, finished = false, history = false;
  bool json = false, csv = false, yes = false;
  std::size_t limit = 100;
  // of serve
  std::string address = "127.0.0.1", token_file, certificate, key_file;
  std::vector<std::string> hosts{};
  std::uint16_t port = 8080;
  bool behind_proxy = false;

  form as() const { return json ? form::json : csv ? form::csv : form::text; }
};

// ---- the commands: each answers the exit code ----

int status(request const& r);
int list(request const& r);
int why(request const& r);
int export_all(request const& r);
int watch(request const& r);
int serve(request const& r);

int release(request const& r);
int park(request const& r);
int start_at(request const& r);
int retry_all(request const& r);
int pause(request const& r);
int resume(request const& r);
int trim(request const& r);
int forget(request const& r);

}  // namespace pawl_tool

#endif
