#include <cstdio>

#include <pawl/page.hpp>

// A page for the whole world without TLS is refused, and says what to do.
struct no_console final : pawl::console {
  std::string name() const override { return "none"; }
  bool reads_only() const override { return true; }
  pawl::task<std::vector<pawl::seen_table>> tables() override { co_return std::vector<pawl::seen_table>(); }
  pawl::task<pawl::seen_page> list(std::string, pawl::seen_query) override { co_return pawl::seen_page(); }
  pawl::task<std::optional<pawl::item_story>> story(std::string, std::string, std::size_t) override {
    co_return std::nullopt;
  }
  pawl::task<pawl::stored_time> now() override { co_return pawl::stored_time(); }
  pawl::task<bool> release(std::string, std::string, std::int64_t, pawl::on_behalf) override { co_return false; }
  pawl::task<bool> park(std::string, std::string, std::int64_t, pawl::on_behalf) override { co_return false; }
  pawl::task<bool> start_at(std::string, std::string, std::int64_t, pawl::stored_time, pawl::on_behalf) override {
    co_return false;
  }
  pawl::task<std::size_t> retry_all(std::string, std::string, pawl::on_behalf) override { co_return 0; }
  pawl::task<bool> pause(std::string, std::string, pawl::on_behalf) override { co_return false; }
  pawl::task<bool> resume(std::string, std::string, pawl::on_behalf) override { co_return false; }
  pawl::task<std::size_t> trim(std::string, pawl::stored_time, std::size_t, bool, pawl::on_behalf) override {
    co_return 0;
  }
};
int main() {
  pawl::loop<> loop;
  no_console console;
  pawl::status_page const page(loop, console);
  std::printf("%s\n", page.url().c_str());
  try {
    pawl::status_page const open(loop, console, {.address = "0.0.0.0"});
  } catch (pawl::error const& e) {
    std::printf("%s\n", e.what());
    return e.id() == "page.options" ? 0 : 1;
  }
  return 1;
}
