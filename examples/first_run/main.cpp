#include <cstdio>

#include <pawl/pawl.hpp>

enum class state { written, sent, delivered };
struct deliver {};
struct mail {
  std::string receipt;  // an event's fields are recorded with its transition
};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};
struct post_office {
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::keyed& call) {
    std::printf("mailing %s under key %s\n", it.key.c_str(), call.key().c_str());  // await your API here
    co_return mail{"receipt of " + it.key};
  }
  deliver operator()(pawl::item<letter, state::sent> it, mail const& recorded) {
    std::printf("delivering %s by the %s\n", it.key.c_str(), recorded.receipt.c_str());
    return {};
  }
};
int main() {
  pawl::sqlite::database db{"letters.db"};
  pawl::sqlite::store<letter> letters{db};
  for (auto to : {"ada", "grace"}) letters.insert_if_absent(to);
  std::printf("%zu delivered\n", pawl::run(letters, post_office{}, {.concurrency = 10}).finished);
}
